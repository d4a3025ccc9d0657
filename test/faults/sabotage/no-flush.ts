// A socket goes live while its room still holds frames of this turn: those that it had replayed come once more.
import { Audience } from '../../../services/gateway/src/room/audience.ts'

const { goLive, flush } = Audience.prototype

Audience.prototype.goLive = function (...about) {
  this.flush = () => {}
  try {
    goLive.apply(this, about)
  } finally {
    this.flush = flush
  }
}
