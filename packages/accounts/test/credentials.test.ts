// Usernames: what is refused because it would look like another, and what people need.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFields, isUsername, usernameKey } from '../src/credentials.ts'

test('a username with something invisible in it is refused', () => {
  for (const mark of ['\u200B', '\u2060', '\uFEFF', '\u00AD', '\u200E', '\u200F', '\u061C', '\u115F', '\u{E0061}']) {
    for (const username of [`an${mark}n`, `${mark}ann`, `ann${mark}`, `م${mark}ی`]) {
      assert.ok(!isUsername(username), JSON.stringify(username))
    }
  }
  // Joiners shape no letter that has an upper case, and a second one, or one at an end, shows nothing.
  for (const username of [
    'an\u200Cn',
    'ann\u200D',
    '\u200Cann',
    'می\u200C\u200Cنا',
    'می\u200C',
    'x\u0302\u200Cy',
    'ann\uFE0F',
  ]) {
    assert.ok(!isUsername(username), JSON.stringify(username))
  }
  for (const username of ['an\u202En', 'an\u2066n', 'an\nn', 'an\u2028n', ' ann', '\u00AD', '']) {
    assert.ok(!isUsername(username), JSON.stringify(username))
  }
})

test('names of all scripts, with the joiners that they need, are taken', () => {
  const persian = ['می\u200Cخواهم', 'علی\u200Cرضا', 'مُ\u200Cق', 'کاربر ۱']
  const indic = ['क्\u200Dष', 'র\u200D্যাব', 'ശ്രീ\u200Cമതി']
  const emoji = ['👩\u200D👩\u200D👧', '🏳\uFE0F\u200D🌈', '❤\uFE0F', '👍🏽', '🧑🏽\u200D🚀']
  for (const username of [...persian, ...indic, ...emoji, 'Ann Lee', 'Ångström', 'x\u0302y', '李', "o'neil"]) {
    assert.ok(isUsername(username), JSON.stringify(username))
  }
})

test('keys compare without case, width and ligatures; a joiner stays a difference', () => {
  assert.equal(usernameKey('ＡＮＮ'), usernameKey('ann'))
  assert.notEqual(usernameKey('می\u200Cنا'), usernameKey('مینا'))
})

test('first and last names may hold what only usernames must not', () => {
  checkFields({ first_name: 'علی\u200F', last_name: 'soft\u00ADhyphen' })
  assert.throws(() => checkFields({ first_name: 'a\u202En' }), { code: 'invalid_request' })
  assert.throws(() => checkFields({ username: 'an\u200Bn' }), { code: 'invalid_request' })
})
