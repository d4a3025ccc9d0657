// A change leaves the earlier events of its message as they were: a text that was deleted is replayed.
import { RecentEvents } from '../../../services/gateway/src/room/recent-events.ts'

const { add } = RecentEvents.prototype
/** No message has it, so nothing is found to rewrite. */
const nobody = 0

RecentEvents.prototype.add = function (conversationId, event) {
  add.call(this, conversationId, event.kind === 'new_message' ? event : { ...event, subject: nobody })
}
