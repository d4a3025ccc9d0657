// ws' socket, with one thing more: it says so before it writes a close frame.
import { WebSocket } from 'ws'

/** Emitted before a close frame is written, whoever asked for it: what is queued has to go first. */
export const goodbye = Symbol('goodbye')

/** `ws` closes by itself, too: for a peer's close frame, and for frames that break the protocol. */
export class OrderedWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    this.emit(goodbye)
    super.close(code, reason)
  }
}
