// Every server is probed, at paths that it serves.
import { createServer, healthPlugin } from '@goftegu/http'
import { createLogger } from '@goftegu/runtime'
import { place, type Rule, workloadsOf } from '../manifests.ts'

/** Liveness asks nothing but the event loop: a pod that drains or waits must not be killed for it. */
const wanted = { startupProbe: '/readyz', readinessProbe: '/readyz', livenessProbe: '/healthz' } as const
const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const

export const probesAreServed: Rule = async manifests => {
  const app = createServer({ logger: createLogger({ name: 'probes', level: 'silent' }) })
  await app.register(healthPlugin, { readiness: () => 'ready' })
  const faults = workloadsOf(manifests)
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap(workload =>
      workload.pod.containers.flatMap(container =>
        probes.flatMap(probe => {
          const by = `${place(workload, container)}: its ${probe}`
          const url = container[probe]?.httpGet?.path
          if (!url) return [`${by} is missing`]
          if (!app.hasRoute({ method: 'GET', url })) return [`${by} asks ${url}, which is not served`]
          return url === wanted[probe] ? [] : [`${by} asks ${url}, not ${wanted[probe]}`]
        }),
      ),
    )
  await app.close()
  return faults
}
