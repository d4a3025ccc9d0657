// Every rule of RFC 6455, kept at its edge and broken, in the order of the Autobahn test suite's cases.

import { closeRules } from './rules/closing.ts'
import { fragmentRules } from './rules/fragments.ts'
import { framingRules } from './rules/framing.ts'
import { limitRules } from './rules/limits.ts'
import { pingRules } from './rules/pings.ts'
import { reservedRules } from './rules/reserved.ts'
import { utf8Rules } from './rules/utf8.ts'
import type { Step } from './step.ts'

/** `case` is Autobahn's number, or that of the group whose kind it is. */
export type Rule = Step & { case: string }

export const rules: readonly Rule[] = [
  ...framingRules,
  ...pingRules,
  ...reservedRules,
  ...fragmentRules,
  ...utf8Rules,
  ...closeRules,
  ...limitRules,
]
