// ping: browsers cannot see WebSocket pings.
import type { Handler } from './handler.ts'

export const ping: Handler<'ping'> = ({ connection }) => connection.tell({ type: 'pong' })
