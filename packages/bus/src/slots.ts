// Which of a cluster's 16,384 slots a name belongs to, and names for a slot.
import slotOfText from 'cluster-key-slot'

export const slotCount = 16_384

/** The hash tags of conversations and users are so few that each is hashed once. */
const mostTags = 4_096
const slotOfTag = new Map<string, number>()
const tagOfSlot = new Map<number, string>()

/** The slot of a key or sharded channel: that of its hash tag, the text in its first braces, if it has one. */
export function slotOf(name: string): number {
  const start = name.indexOf('{') + 1
  const end = start > 0 ? name.indexOf('}', start) : -1
  if (end <= start) return slotOfText(name)
  const tag = name.slice(start, end)
  const known = slotOfTag.get(tag)
  if (known !== undefined) return known
  const slot = slotOfText(tag)
  if (slotOfTag.size < mostTags) slotOfTag.set(tag, slot)
  return slot
}

/** A hash tag that leads to this slot, the same in every process: the smallest number that does. Some 5 ms, once. */
export function tagFor(slot: number): string {
  let tag = tagOfSlot.get(slot)
  for (let number = 0; tag === undefined; number += 1) {
    if (slotOfText(String(number)) === slot) tag = String(number)
  }
  tagOfSlot.set(slot, tag)
  return tag
}
