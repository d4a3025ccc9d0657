// The table of permissions, read row by row.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Deed, judge, type Standing, type Verdict } from '@goftegu/chat'

const standings = {
  stranger: { is_staff: false, role: null },
  'removed sender': { is_staff: false, role: null, is_sender: true },
  member: { is_staff: false, role: 'member' },
  sender: { is_staff: false, role: 'member', is_sender: true },
  admin: { is_staff: false, role: 'admin' },
  owner: { is_staff: false, role: 'owner' },
  staff: { is_staff: true, role: null },
  'staff inside': { is_staff: true, role: 'member' },
} satisfies Record<string, Standing>

const outside = { stranger: 'hidden', 'removed sender': 'hidden' } as const
const everyone = { member: 'allowed', sender: 'allowed', admin: 'allowed', owner: 'allowed' } as const
const senderOnly = { member: 'forbidden', sender: 'allowed', admin: 'forbidden', owner: 'forbidden' } as const
const staff = { staff: 'allowed', 'staff inside': 'allowed' } as const

const expected: Record<Deed, Record<keyof typeof standings, Verdict>> = {
  read: { ...outside, ...everyone, ...staff },
  post: { ...outside, ...everyone, ...staff },
  edit: { ...outside, ...senderOnly, ...staff },
  delete: { ...outside, ...senderOnly, ...staff },
  attach: { ...outside, ...senderOnly, ...staff },
  leave: { ...outside, ...everyone, staff: 'forbidden', 'staff inside': 'allowed' },
  manage: { ...outside, ...everyone, member: 'forbidden', sender: 'forbidden', ...staff },
  change_role: { ...outside, ...everyone, member: 'forbidden', sender: 'forbidden', admin: 'forbidden', ...staff },
}

for (const [deed, verdicts] of Object.entries(expected) as [Deed, (typeof expected)[Deed]][]) {
  test(`who may ${deed}`, () => {
    const judged = Object.entries(standings).map(([name, standing]) => [name, judge(deed, standing)])
    assert.deepEqual(Object.fromEntries(judged), verdicts)
  })
}
