// Listening, and the address under which this machine reaches it.
import type { AddressInfo, Server } from 'node:net'
import { StartError } from './start-error.ts'

/** What we need of a Fastify instance. */
interface Listener {
  readonly server: Pick<Server, 'address'>
  listen(options: { host: string; port: number }): Promise<unknown>
}

/**
 * Listens on HOST and PORT, and answers the URL that works on this machine, like `http://127.0.0.1:8080`.
 * Throws StartError where the port is taken or the host is not ours.
 */
export async function listenOn(app: Listener, { HOST, PORT }: { HOST: string; PORT: number }): Promise<string> {
  try {
    await app.listen({ host: HOST, port: PORT })
  } catch (cause) {
    const hint = hints[codeOf(cause)]
    throw hint ? new StartError(`Cannot listen on ${HOST}, port ${PORT}: ${hint}`, { cause }) : cause
  }
  const { port } = app.server.address() as AddressInfo
  return `http://${reachableHost(HOST)}:${port}`
}

const hints: Record<string, string> = {
  EADDRINUSE: 'another program has it. Stop that one, or choose another: PORT=8081 npm start',
  EACCES: 'ports below 1024 are for root. Choose another: PORT=8080 npm start',
  EADDRNOTAVAIL: 'the address is not of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for all of its addresses.',
  ENOTFOUND: 'the host has no address. Set HOST to 127.0.0.1, or to 0.0.0.0 for all addresses.',
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
