// Containers run programs that their images have, as the user that owns them there.
import { existsSync, readFileSync } from 'node:fs'
import type { IContainer } from 'kubernetes-models/v1'
import { containersOf, place, type Rule, workloadsOf } from '../manifests.ts'

const repository = new URL('../../../', import.meta.url)

export const programsExist: Rule = manifests => {
  const user = /^USER (\d+):(\d+)$/m.exec(readFileSync(new URL('deploy/Dockerfile', repository), 'utf8'))
  if (!user) return ['deploy/Dockerfile names no USER by number']
  return workloadsOf(manifests).flatMap(workload => {
    const { runAsUser, runAsGroup } = workload.pod.securityContext ?? {}
    const isUser = String(runAsUser) === user[1] && String(runAsGroup) === user[2]
    return [
      ...(isUser
        ? []
        : [`${place(workload)}: it runs as ${runAsUser}:${runAsGroup}, the image as ${user[1]}:${user[2]}`]),
      ...containersOf(workload).flatMap(container =>
        hasProgram(container)
          ? []
          : [`${place(workload, container)}: its image has no ${container.command?.join(' ')}`],
      ),
    ]
  })
}

/** `services/api/src/migrate.ts` is compiled to `dist/migrate.js` of the image `…/api`, which runs `dist/server.js`. */
function hasProgram({ image = '', command = ['node', 'dist/server.js'] }: IContainer): boolean {
  const service = /\/(\w+):[^/]*$/.exec(image)?.[1]
  const program = /^dist\/([\w-]+)\.js$/.exec(command?.[1] ?? '')?.[1]
  return command?.[0] === 'node' && existsSync(new URL(`services/${service}/src/${program}.ts`, repository))
}
