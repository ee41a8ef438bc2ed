// What the OpenAPI document says of a route.
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { keywords } from '../../services/participant/fields.ts'
import type { Schema } from './values.ts'

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

interface Told {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Told>>>>
}

interface Operation {
  readonly body: Schema | undefined
  readonly query: Readonly<Record<string, Schema>>
  /** Of an answer with this status; undefined where the document knows of none. */
  readonly answer: (status: number) => Content | undefined
}

/** `url` as the router has it, `/:saga_id`. */
export function operationOf({ paths }: Document, method: string, url: string): Operation | undefined {
  const path = url.replaceAll(/:(\w+)/g, '{$1}')
  const told = paths[path]?.[method.toLowerCase()]
  if (told === undefined) return undefined
  const { parameters = [], requestBody, responses } = told
  const asked = parameters.filter((parameter) => parameter.in === 'query')
  return {
    body: requestBody?.content?.['application/json']?.schema,
    query: Object.fromEntries(asked.map(({ name, schema }) => [name, schema])),
    answer: (status) => responses[status] ?? responses[`${String(status)[0]}XX`],
  }
}

const ajv = new Ajv({ strict: false, allErrors: true, keywords })
formats.default(ajv)
const compiled = new Map<Schema, ValidateFunction>()

/** In words; undefined if the value is such as the schema says. */
export function misfit(schema: Schema, value: unknown): string | undefined {
  const validate = compiled.get(schema) ?? ajv.compile(schema)
  compiled.set(schema, validate)
  return validate(value) ? undefined : ajv.errorsText(validate.errors)
}
