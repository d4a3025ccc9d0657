// A room is read before the bus has acknowledged its subscription: nobody here hears what is committed in between. The
// patrol is off as well, or that would be late and not lost.
import { RedisBroker } from '../../../packages/bus/src/redis-broker.ts'
import { Repair } from '../../../services/gateway/src/hub/repair.ts'

const lateMs = 5_000

const { subscribe } = RedisBroker.prototype
RedisBroker.prototype.subscribe = async function (this: RedisBroker, channels) {
  setTimeout(() => void subscribe.call(this, channels), lateMs)
  return 'subscribed'
}
Repair.prototype.patrol = () => {}
