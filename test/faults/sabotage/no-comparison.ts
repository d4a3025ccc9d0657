// Heads are never compared with the database: what the bus lost at the end of a conversation stays lost.
import { Repair } from '../../../services/gateway/src/hub/repair.ts'

Repair.prototype.compare = async () => {}
Repair.prototype.patrol = () => {}
Repair.prototype.doubt = () => {}
