// Validates what clients send with the schemas of the protocol, without turning any value into another.
import { ChatError, type ErrorCode, type FieldError } from '@goftegu/protocol'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

const codes: Partial<Record<string, ErrorCode>> = { querystring: 'invalid_query', params: 'not_found' }

/** The keywords whose message adds nothing to those of the alternatives below them. */
const summaries = new Set(['anyOf', 'if', 'not', 'oneOf'])
const maxErrors = 20

/**
 * Fastify's validator compiler: TypeBox on the very schema objects that sockets use. No coercion: `"5"` is not 5.
 * (`TypeBoxValidatorCompiler` of the type provider converts queries and parameters.)
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  const code = codes[httpPart ?? 'body'] ?? 'invalid_request'
  return (value: unknown) => {
    if (validator.Check(value)) return { value }
    return { error: new ChatError(code, code === 'not_found' ? {} : { errors: fieldErrors(validator.Errors(value)) }) }
  }
}

type Fault = { keyword: string; instancePath: string; message: string; params: object }

/** One entry for each field at fault (20 at most), with all that is wrong with it: the words of REST and of sockets. */
export function fieldErrors(faults: readonly Fault[]): FieldError[] {
  const details = new Map<string, Set<string>>()
  const note = (path: string, detail: string) => details.set(path, (details.get(path) ?? new Set()).add(detail))
  for (const { keyword, instancePath, message, params } of faults) {
    if ('requiredProperties' in params && Array.isArray(params.requiredProperties)) {
      for (const name of params.requiredProperties) note(`${instancePath}/${name}`, 'is required')
    } else if (!summaries.has(keyword)) note(instancePath, message)
  }
  return [...details].slice(0, maxErrors).map(([path, all]) => ({ path, detail: [...all].join(' or ') }))
}
