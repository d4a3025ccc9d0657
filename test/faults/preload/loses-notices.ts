// The bus takes every twentieth notice of a conversation, and delivers it to nobody, without a word.
import { channelSubject } from '../../../packages/bus/src/channels.ts'
import { RedisBroker } from '../../../packages/bus/src/redis-broker.ts'
import { lostNotice } from './lost-notice.ts'

const oneIn = 20

let notices = 0
const { publish } = RedisBroker.prototype
RedisBroker.prototype.publish = async function (this: RedisBroker, channel, payload) {
  const isNotice = channelSubject(channel)?.kind === 'conversation' && payload.length > 0
  if (isNotice && ++notices % oneIn === 0) {
    console.error(lostNotice)
    return 'published'
  }
  return publish.call(this, channel, payload)
}
