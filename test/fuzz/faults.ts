// What may be wrong with an answer, whatever was asked.
import type { Route } from '../../services/participant/access.ts'
import { misfit, operationOf, type Document } from './document.ts'
import type { Answer } from './request.ts'

/** Of a stack, of SQL, or of Postgres: nothing that callers are to see. Requests at random have none of it. */
const INNARDS = [
  /\bat \S+ \(?\S+:\d+:\d+/,
  /node_modules|node:internal|file:\/\/\//,
  /\.ts:\d+/,
  /\b(from|into|update) (orchestrator|carts|stocks|produits)\./i,
  /(syntax error at or near|violates \S+ constraint|invalid input syntax|invalid byte sequence|does not exist at character|out of range for type)/i,
]

/** Where a participant or the database is away, and said so. */
const FORESEEN = new Set([502, 503, 504])

const BANNERS = ['server', 'x-powered-by', 'via']

/** In words; none if it is as it has to be. */
export function faultsIn(answer: Answer, { method, url }: Route, document: Document): string[] {
  const { status, headers, text, isWhole } = answer
  const type = headers['content-type'] ?? ''
  const faults: string[] = []
  if (status >= 500 && !FORESEEN.has(status)) faults.push(`it answers ${status}`)
  if (status < 200) faults.push(`it answers ${status}`)
  for (const innards of INNARDS)
    if (innards.test(text)) faults.push(`it tells ${String(innards.exec(text)?.[0])}`)
  for (const banner of BANNERS) if (headers[banner] !== undefined) faults.push(`it has a header ${banner}`)
  if (status >= 400 && isWhole) faults.push(...problemFaults(status, type, text))
  const operation = operationOf(document, method, url)
  if (operation === undefined || !isWhole || !type.includes('json')) return faults
  // A line of its own for each saga.
  if (type.includes('ndjson') || type.includes('jsonl')) return faults
  const told = operation.answer(status)
  if (told === undefined && status < 400) faults.push(`the document tells of no ${status}`)
  const { schema } = told?.content?.['application/json'] ?? {}
  const unfit = schema && misfit(schema, JSON.parse(text))
  return unfit === undefined ? faults : [...faults, `it is not what the document says: ${unfit}`]
}

function problemFaults(status: number, type: string, text: string): string[] {
  if (!type.startsWith('application/problem+json'))
    return [`a ${status} that is no problem document: ${type}`]
  const told: Partial<Record<string, unknown>> = JSON.parse(text)
  const isWhole =
    told['status'] === status &&
    ['type', 'title', 'detail', 'code'].every(
      (member) => typeof told[member] === 'string' && told[member] !== '',
    )
  return isWhole ? [] : [`a problem document that lacks something: ${text.slice(0, 300)}`]
}
