/**
 * Fields that the requests of several participants have, and the two ajv keywords that JSON Schema
 * lacks: exact decimals, and whole numbers written as text (in paths and queries).
 */
import { Type } from 'typebox'

export const INT4_MAX = 2_147_483_647
export const LINES_MAX = 1000

const UUID = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'

// The description of a pattern completes the sentence "<field> must be …" (see problem.ts).
export const Uuid = Type.String({ pattern: `^${UUID}$`, description: 'a uuid' })

export const CorrelationId = Type.String({
  pattern: '^[A-Za-z0-9_.:-]{1,128}$',
  description: 'a saga_id, or 1 to 128 letters, digits and _ . : -',
})

export const PositiveInteger = Type.Integer({ minimum: 1, maximum: INT4_MAX })

export const NaturalInteger = Type.Integer({ minimum: 0, maximum: INT4_MAX })

/** Text of a whole number in a path or query; Number() of it is safe. */
export function IntegerText(minimum: number, maximum: number) {
  return Type.Unsafe<string>({ type: 'string', wholeNumber: [minimum, maximum] })
}

/** An amount of money from 0 to 9999999999.99, as text or as a number; String() of it is exact. */
export const Amount = Type.Unsafe<string | number>({ type: ['string', 'number'], decimalAmount: true })

const AMOUNT = /^\d{1,10}(\.\d{1,2})?$/
const AMOUNT_FORM = 'must be an amount >= 0 with at most two decimals, such as "39.99"'

type Check = { (schema: unknown, data: unknown): boolean; errors?: { message: string }[] }

const checkAmount: Check = (_schema, data) => {
  // The shortest text that reads back as the number shows its decimals: 0.1 + 0.2 has seventeen.
  if (AMOUNT.test(String(data))) return true
  checkAmount.errors = [{ message: AMOUNT_FORM }]
  return false
}

const checkWholeNumber: Check = (schema, data) => {
  const [minimum, maximum] = schema as [number, number]
  const value = /^\d{1,15}$/.test(String(data)) ? Number(data) : Number.NaN
  if (value >= minimum && value <= maximum) return true
  checkWholeNumber.errors = [{ message: `must be a whole number from ${minimum} to ${maximum}` }]
  return false
}

export const keywords = [
  { keyword: 'decimalAmount', errors: true, validate: checkAmount },
  { keyword: 'wholeNumber', errors: true, validate: checkWholeNumber },
]
