// A group waits for a locked row, however long: whoever is in its lane waits too.
import { alterFunction } from '../altered-store.ts'

alterFunction({
  name: 'post_messages',
  from: 'if _wait then',
  to: "perform set_config('lock_timeout', '0', true); if true then",
})
