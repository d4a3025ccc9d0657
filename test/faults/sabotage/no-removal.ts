// Nobody is let go of whose user is removed: who is here, or on the way, goes on hearing.
import { Audience } from '../../../services/gateway/src/room/audience.ts'

Audience.prototype.remove = () => {}
