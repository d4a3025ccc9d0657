// Who may do what, as one table. Pure.
import type { Role } from '@goftegu/protocol'

/** What somebody wants to do in a conversation. */
export type Deed = 'read' | 'post' | 'edit' | 'delete' | 'attach' | 'leave' | 'manage' | 'change_role'

/** How somebody stands to a conversation, and to the message in question where there is one. */
export type Standing = {
  is_staff: boolean
  /** Null for whoever is not a participant. */
  role: Role | null
  is_sender?: boolean
}

/** `hidden`: to this person the conversation and its messages do not exist (404); `forbidden`: 403. */
export type Verdict = 'allowed' | 'forbidden' | 'hidden'

type Rank = 'staff' | 'owner' | 'admin' | 'member'

/*
 * Contract, section 2, "Who may": a participant reads and posts; only the sender edits, deletes and attaches; staff may
 * do all of it everywhere. Groups are managed by owners and admins; roles are given by owners alone.
 */
const table: Record<Deed, ReadonlySet<Rank | 'sender'>> = {
  read: new Set(['staff', 'owner', 'admin', 'member']),
  post: new Set(['staff', 'owner', 'admin', 'member']),
  edit: new Set(['staff', 'sender']),
  delete: new Set(['staff', 'sender']),
  attach: new Set(['staff', 'sender']),
  leave: new Set(['owner', 'admin', 'member']),
  manage: new Set(['staff', 'owner', 'admin']),
  change_role: new Set(['staff', 'owner']),
}

/** Judges a deed. Someone who sent a message and was removed since is a stranger to it, like any other. */
export function judge(deed: Deed, { is_staff, role, is_sender = false }: Standing): Verdict {
  const allowed = table[deed]
  if (is_staff && allowed.has('staff')) return 'allowed'
  if (role === null) return is_staff ? 'forbidden' : 'hidden'
  return allowed.has(role) || (is_sender && allowed.has('sender')) ? 'allowed' : 'forbidden'
}

/** The first number that somebody sees: everything for staff, `visible_from` for a participant. */
export function visibleFrom(isStaff: boolean, visible_from: number): number {
  return isStaff ? 1 : visible_from
}
