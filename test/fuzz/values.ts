// Values at random: such as a schema asks for, such as it nearly asks for, and such as nobody asks for.
import fc, { type Arbitrary } from 'fast-check'

/** As much of JSON Schema as the routes use. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly wholeNumber?: readonly [number, number]
}

/** Names of what there is, by the parameter or member that takes them. */
export type Known = Readonly<Record<string, readonly string[]>>

const LENGTH_MAX = 60
const INT4_MAX = 2_147_483_647

/** What has broken servers before. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\uD800',
  '\uFEFF',
  '\u202e',
  '💥'.repeat(50),
  'é'.repeat(300),
  'a'.repeat(10_000),
  "'; drop table saga; --",
  '" or 1=1',
  '%',
  '%00',
  '_',
  '\\',
  '${7*7}',
  '<script>',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-1',
  '1e999',
  '9'.repeat(30),
  '2026-02-30T25:61:00Z',
  '[',
  'skald.cancel',
  'xstate.done.actor.lock',
  'xstate.init',
  'xstate.stop',
]

const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.1,
  1e308,
  5e-324,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  [],
  {},
  [[]],
  JSON.parse('{"__proto__":{"a":1}}'),
  { constructor: { prototype: 1 } },
  nested(50),
  nested(2_000),
]

export const hostileText: Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: LENGTH_MAX }),
)

export const hostile: Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(...HOSTILE_VALUES),
  fc.jsonValue({ maxDepth: 3 }),
)

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** Something that fits, as far as this knows the schema. */
export function fitting(schema: Schema, known: Known): Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => fitting(one, known)))
  const [type = 'any'] = [schema.type ?? 'any'].flat()
  switch (type) {
    case 'string':
      return text(schema, known)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -INT4_MAX, max: schema.maximum ?? INT4_MAX })
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(fitting(schema.items ?? {}, known), { maxLength: 4 })
    case 'object':
      return members(schema, known)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function members({ properties = {}, required = [] }: Schema, known: Known): Arbitrary<unknown> {
  const each = Object.entries(properties).map(
    ([name, schema]) => [name, namedOr(name, schema, known)] as const,
  )
  return fc.record(Object.fromEntries(each), { requiredKeys: [...required] })
}

/** Most of the time what there is, where the name says what it takes. */
export function namedOr(name: string, schema: Schema, known: Known): Arbitrary<unknown> {
  const [names, any] = [known[name] ?? [], fitting(schema, known)]
  if (names.length === 0 || schema.type !== 'string') return any
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: any })
}

function text({ format, pattern, wholeNumber, ...schema }: Schema, known: Known): Arbitrary<string> {
  if (wholeNumber !== undefined) return fc.integer({ min: wholeNumber[0], max: wholeNumber[1] }).map(String)
  const uuid = fc.oneof(fc.constantFrom(...Object.values(known).flat()), fc.uuid())
  if (format === 'uuid' || pattern?.includes('{12}') === true) return uuid
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  const { minLength = 0, maxLength = LENGTH_MAX } = schema
  if (pattern?.startsWith('^\\d') === true) return fc.stringMatching(new RegExp(pattern))
  const length = {
    minLength: Math.max(minLength, pattern === undefined ? 0 : 1),
    maxLength: Math.min(maxLength, LENGTH_MAX),
  }
  return fc.oneof(fc.string(length), fc.string({ ...length, unit: 'grapheme' }), uuid)
}

/** A value, now and then with one thing in it that is otherwise: missing, another, or too much. */
export function nearly(value: Arbitrary<unknown>): Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: value },
    { weight: 4, arbitrary: fc.tuple(value, fc.nat(), fc.nat(2), hostile).map(spoil) },
    { weight: 1, arbitrary: hostile },
  )
}

type Spoiling = readonly [value: unknown, at: number, how: number, instead: unknown]

function spoil([value, at, how, instead]: Spoiling): unknown {
  if (typeof value !== 'object' || value === null) return instead
  const names = Object.keys(value)
  const name = names[at % Math.max(1, names.length)]
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value }
  if (name === undefined || how === 0) return Object.assign(copy, { [`more${at % 3}`]: instead })
  const member: unknown = Reflect.get(copy, name)
  // Half of the time deeper down, if there is any deeper.
  const deeper = typeof member === 'object' && member !== null && at % 2 === 0
  if (how === 1 && !deeper) Reflect.deleteProperty(copy, name)
  else Reflect.set(copy, name, deeper ? spoil([member, at >> 1, how, instead]) : instead)
  return copy
}
