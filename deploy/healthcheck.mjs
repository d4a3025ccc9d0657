// What `HEALTHCHECK` of the images runs: 0 where this container's service wants traffic.
import { get } from 'node:http'

const { PORT = '8080', HOST = '0.0.0.0' } = process.env
const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[HOST] ?? HOST

get({ host, port: PORT, path: '/readyz', timeout: 3_000 }, response => {
  process.exit(response.statusCode === 200 ? 0 : 1)
})
  .on('error', () => process.exit(1))
  .on('timeout', () => process.exit(1))
