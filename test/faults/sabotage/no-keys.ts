// A key is never looked up: what is sent again is stored again.
import { alterFunction } from '../altered-store.ts'

alterFunction({
  name: 'post_messages',
  from: 'when f.old_id is not null then',
  to: 'when false then',
  also: 'alter table messages drop constraint messages_conversation_id_sender_id_client_id_key',
})
