// `skald bulk <verb>`: one verb for all sagas of a filter. It is tried out first, asked about, and then followed until it
// is done; the bulk itself lives in the database, and goes on without us.
import { randomUUID } from 'node:crypto'
import { isBulk, isTrial, type Bulk, type Trial } from '../client/bulks.ts'
import { Client } from '../client/client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Verb } from '../../engine/verbs/operator-event.ts'
import { durationOf } from '../../story/duration-words.ts'
import { fieldsOf, type FilterFields, type FilterOptions } from '../filters.ts'
import type { Globals } from '../globals.ts'
import { detailsOf, nothingDone, type DetailOptions } from '../operate/operate.ts'
import { operatorOf, type OperatorOptions } from '../operate/operator.ts'
import { OperatorError } from '../operator-error.ts'
import { confirmed } from '../terminal/confirm.ts'
import { jsonOf } from '../terminal/plain.ts'
import { note, print, widthOf } from '../terminal/screen.ts'
import { follow } from './follow.ts'
import { summaryOf, trialOf } from './report.ts'

export interface BulkOptions {
  readonly dryRun?: boolean
  readonly rate?: number
  readonly yes?: boolean
  readonly key?: string
  readonly wait: boolean
}

export type BulkVerbOptions = FilterOptions &
  OperatorOptions &
  DetailOptions &
  BulkOptions & { readonly all?: boolean }

export async function bulkVerb(globals: Globals, verb: Verb, options: BulkVerbOptions): Promise<ExitCode> {
  const filter = options.all === true ? ({ all: true } as const) : fieldsOf(options)
  if (Object.keys(filter).length === 0)
    throw new OperatorError('Which sagas? Give a filter, such as --status parked; or --all for every one.')
  // The step at which the sagas stand is the one that is skipped or completed.
  const isAboutStep = verb === 'skip' || verb === 'complete'
  const details = await detailsOf({ ...options, step: isAboutStep ? options.step : undefined })
  return bulk(globals, { order: { verb, filter, ...operatorOf(options), ...details }, options })
}

/** The body of the call. */
export interface Order {
  readonly verb: string
  readonly filter: FilterFields | { readonly all: true }
  readonly actor: string
  readonly reason: string
  readonly [detail: string]: unknown
}

/** The API's own, where nobody says another. */
const RATE = 50
/** A trial looks at a thousand sagas, on their charts. */
const TRIAL_TIMEOUT_MS = 60_000

export async function bulk(
  globals: Globals,
  { order, options }: { order: Order; options: BulkOptions },
): Promise<ExitCode> {
  const client = new Client(globals)
  if (options.dryRun === true || options.yes !== true) {
    const trial = await tryOut(client, order)
    if (options.dryRun === true) {
      if (globals.json) print(jsonOf(trial))
      else print(...trialOf(trial, order.verb, widthOf()))
      return EXIT.ok
    }
    note(...trialOf(trial, order.verb, widthOf(process.stderr), process.stderr))
    if (trial.count === 0) return EXIT.ok
    if (!(await confirmed(questionOf(trial, order.verb, options.rate ?? RATE), false))) return nothingDone()
  }
  const { body: begun } = await client.post({
    path: '/api/bulk',
    expected: isBulk,
    json: { ...order, rate: options.rate },
    key: options.key ?? randomUUID(),
  })
  if (!options.wait) {
    if (globals.json) print(jsonOf(begun))
    else print(...summaryOf(begun))
    return EXIT.ok
  }
  const ended = await follow(client, begun)
  if (globals.json) print(jsonOf(ended))
  else print(...summaryOf(ended))
  return exitOf(ended)
}

/** Wrong where any saga did not get what was meant for it. */
export function exitOf({ status, total, applied }: Bulk): ExitCode {
  if (status !== 'done') return EXIT.trouble
  return applied === total ? EXIT.ok : EXIT.wrong
}

async function tryOut(client: Client, order: Order): Promise<Trial> {
  const call = { path: '/api/bulk', expected: isTrial, json: { ...order, dry_run: true } }
  // It changes nothing, so a key makes it no less safe to repeat.
  const { body } = await client.post({ ...call, key: randomUUID(), timeoutMs: TRIAL_TIMEOUT_MS })
  return body
}

function questionOf({ count }: Trial, verb: string, rate: number): string {
  const sagas = `${count.toLocaleString('en')} ${count === 1 ? 'saga' : 'sagas'}`
  const doIt = `${verb.slice(0, 1).toUpperCase()}${verb.slice(1)}`
  const seconds = Math.ceil(count / rate)
  return `${doIt} ${sagas} at ${rate} a second, in about ${durationOf(seconds * 1_000)}?`
}
