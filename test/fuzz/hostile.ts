// What no client should send in place of a value: texts, and JSON as it is written.
import { oneOf, type Random } from '../replicas/random.ts'

const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels)

/** Texts that broke somebody's server once. */
const texts = [
  '',
  ' \n\u3000',
  'a\0b',
  '\ud800',
  'a\udc00b',
  '\ud83d',
  '\udc4b\ud83d',
  '\ufeff',
  '\u202egnp.exe',
  'e\u0301'.repeat(2_000),
  '👩‍👩‍👧‍👦'.repeat(900),
  '%00%ff%s%n%x',
  `'; drop table messages; --`,
  `" or 1=1 --`,
  '$1',
  '<script>alert(1)</script>',
  'a\r\nSet-Cookie: x=y\r\n\r\n',
  '../../../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '~a',
  '0',
  'null',
  'x'.repeat(10_000),
  'x'.repeat(10_001),
  '\\'.repeat(10_001),
  'x'.repeat(100_000),
]

/** Values as JSON text, among them what no number and no object of JavaScript can say. */
const values = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e2',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '18446744073709551616',
  '9'.repeat(5_000),
  '"5"',
  '[]',
  '[1]',
  '{}',
  '{"toString":1}',
  '{"__proto__":{"is_staff":true}}',
  '{"constructor":{"prototype":{"is_staff":true}}}',
  '"\\ud800"',
  '"\\u0000"',
  '"\\udc00\\ud800"',
  deep('[', ']', 10_000),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  `[${'0,'.repeat(20_000)}0]`,
  `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":1`).join()}}`,
]

/** Members that are put beside the real ones. */
export const strangeMembers = [
  '"__proto__":{"is_staff":true,"type":"ping"}',
  '"constructor":{"prototype":{"is_staff":true}}',
  '"toString":null',
  '"hasOwnProperty":1',
  '"":""',
  '"is_staff":true',
  '"sender_id":1',
  '"id":1',
  '"\\u0000":"\\u0000"',
  '"\\ud800":1',
  `"x":${deep('[', ']', 5_000)}`,
]

/** What is no JSON, or no object. */
export const wholeTexts = [
  '',
  ' ',
  'hello',
  'null',
  '[]',
  '"ping"',
  '1e400',
  '{',
  '{}{}',
  '{"type"',
  '{"type":NaN}',
  "{'type':'ping'}",
  '{"type":"ping",}',
  '{"type":"ping"}\0',
  '\ufeff{"type":"ping"}',
  '{"type":"\\x70ing"}',
  '{"type":"a\nb"}',
  '[{"type":"ping"}]',
  '{"type":"ping","type":"nonsense"}',
  deep('[', ']', 10_000),
  deep('[', '', 60_000),
  `${'{"a":'.repeat(10_000)}`,
  '\u2028{}',
]

export function hostileText(random: Random): string {
  return oneOf(random, texts)
}

export function hostileValue(random: Random): string {
  return random() < 0.4 ? JSON.stringify(hostileText(random)) : oneOf(random, values)
}

/** An object as JSON text, of members as JSON text; some of them hostile, gone, or there twice. */
export function hostileObject(random: Random, members: Readonly<Record<string, string>>): string {
  const victim = oneOf(random, [...Object.keys(members), ''])
  const written = Object.entries(members).flatMap(([name, value]) => {
    if (name !== victim) return [`"${name}":${value}`]
    const other = `"${name}":${hostileValue(random)}`
    return oneOf(random, [[], [other], [other], [other], [`"${name}":${value}`, other], [other, `"${name}":${value}`]])
  })
  if (random() < 0.3) written.splice(Math.floor(random() * (written.length + 1)), 0, oneOf(random, strangeMembers))
  return `{${written.join()}}`
}

/** `bytes` with some of them flipped, gone, doubled or invented. */
export function mutated(random: Random, bytes: Buffer): Buffer {
  let changed = bytes
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) changed = mutatedOnce(random, changed)
  return changed
}

function mutatedOnce(random: Random, bytes: Buffer): Buffer {
  const at = Math.floor(random() * bytes.length)
  const noise = Buffer.from([Math.floor(random() * 256)])
  const [before, here, behind] = [bytes.subarray(0, at), bytes.subarray(at, at + 1), bytes.subarray(at + 1)]
  const flipped = Buffer.from(here.map(byte => byte ^ (1 << Math.floor(random() * 8))))
  const middle = oneOf(random, [flipped, flipped, noise, Buffer.alloc(0), Buffer.concat([here, here, here])])
  return Buffer.concat([before, middle, oneOf(random, [behind, behind, behind, Buffer.alloc(0)])])
}
