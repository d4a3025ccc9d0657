// After SIGUSR2 the process dies with its next change: committed, and told to nobody, its sender included.
import { channelSubject } from '../../../packages/bus/src/channels.ts'
import { RedisBroker } from '../../../packages/bus/src/redis-broker.ts'

let isDoomed = false
process.on('SIGUSR2', () => {
  isDoomed = true
})

const { publish } = RedisBroker.prototype
RedisBroker.prototype.publish = async function (this: RedisBroker, channel, payload) {
  // Its own rooms were handed it, and write in the next turn, which does not come.
  if (isDoomed && channelSubject(channel)?.kind === 'conversation') process.kill(process.pid, 'SIGKILL')
  return publish.call(this, channel, payload)
}
