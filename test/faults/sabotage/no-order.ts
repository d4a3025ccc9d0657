// Nothing waits for what is missing before it: it is handed over as it comes, and again in its order.
import { Room } from '../../../services/gateway/src/room/room.ts'
import { Sequence } from '../../../services/gateway/src/room/sequence.ts'

/** Whose notice is being taken. */
let room: Room | undefined

const { receive } = Room.prototype
Room.prototype.receive = function (bytes) {
  room = this
  receive.call(this, bytes)
  room = undefined
}

const { offer } = Sequence.prototype
Sequence.prototype.offer = function (epoch, seq, event) {
  if (epoch === this.epoch && seq > this.delivered + 1) room?.deliver(event as Parameters<Room['deliver']>[0])
  return offer.call(this, epoch, seq, event)
}
