// `skald start`: starts a saga, and tells its end. The call has a key, so that it is repeated without harm.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isEnd } from '../../engine/status.ts'
import { durationOf } from '../../story/duration-words.ts'
import { isObject, isSaga, type Saga } from '../client/answers.ts'
import { problemIn, ProblemError } from '../client/api-errors.ts'
import { Client, type Answer } from '../client/client.ts'
import { pathOf } from '../client/find-saga.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { OperatorError } from '../operator-error.ts'
import { jsonFrom, membersFrom } from '../operate/values.ts'
import { live } from '../terminal/live.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { note, paint, print } from '../terminal/screen.ts'
import { painted } from '../terminal/statuses.ts'

export interface StartOptions {
  readonly input?: string
  readonly key?: string
  /** Seconds; false for --no-wait. */
  readonly wait: number | false
  readonly quiet?: boolean
}

/** Of one call; beyond it, the saga is looked at again and again. */
const WAIT_MAX_SECONDS = 30
const EVERY_MS = 300

type Body = Readonly<Record<string, unknown>>

export async function start(
  globals: Globals,
  { machine, pairs, options }: { machine: string; pairs: readonly string[]; options: StartOptions },
): Promise<ExitCode> {
  const client = new Client(globals)
  const waitSeconds = options.wait === false ? 0 : options.wait
  const givesUpAt = performance.now() + waitSeconds * 1_000
  const answer = await client.post({
    path: `/api/sagas/${encodeURIComponent(machine)}`,
    expected: isObject,
    json: await inputFrom(pairs, options.input),
    key: options.key ?? randomUUID(),
    waitSeconds: Math.min(WAIT_MAX_SECONDS, waitSeconds),
    // Of a saga that has failed.
    alsoFine: [409, 502],
  })
  const sagaId = sagaIdIn(answer)
  if (options.wait === false) return told(globals, options, { sagaId, ...answer, isExpected: true })
  const saga = answer.status === 202 ? await ended(client, sagaId, givesUpAt) : undefined
  const body: Body = saga === undefined ? answer.body : { ...saga }
  return told(globals, options, { sagaId, status: answer.status, body, isExpected: false })
}

async function inputFrom(pairs: readonly string[], input: string | undefined): Promise<object> {
  const given = input === undefined ? {} : await jsonFrom(input, '--input')
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new OperatorError(`--input is no JSON object: such as '{"magasin_id": 101}'.`)
  return { ...given, ...membersFrom(pairs) }
}

/** Throws the problem where the answer is not about a saga at all. */
function sagaIdIn({ status, body }: Answer<Body>): string {
  const { saga_id: sagaId } = body
  if (typeof sagaId === 'string') return sagaId
  throw new ProblemError(
    problemIn(body, status) ?? { status, code: 'inconnu', detail: 'The API named no saga.' },
  )
}

/** Looks until it has ended; as it was seen last when the time is over. */
async function ended(client: Client, sagaId: string, givesUpAt: number): Promise<Saga> {
  const lines = live()
  const begun = performance.now()
  try {
    for (;;) {
      const saga = await client.get({ path: pathOf(sagaId), expected: isSaga })
      if (isEnd(saga.status) || performance.now() >= givesUpAt) return saga
      const since = durationOf(performance.now() - begun)
      lines.draw([`${painted(saga.status)}  ${plain(sagaId)}  ${plain(saga.state)}, waiting for ${since}`])
      await sleep(EVERY_MS)
    }
  } finally {
    lines.end()
  }
}

interface Outcome {
  readonly sagaId: string
  readonly status: number
  readonly body: Body
  /** Whether it is well that it has not ended. */
  readonly isExpected: boolean
}

function told(
  globals: Globals,
  { quiet }: StartOptions,
  { sagaId, status, body, isExpected }: Outcome,
): ExitCode {
  const standing = standingOf(status, body)
  if (quiet === true) print(plain(sagaId))
  else if (globals.json) print(jsonOf({ ...body, status: standing }))
  else {
    print(`${painted(standing)}  ${paint('bold', plain(sagaId))}`)
    for (const line of linesOf(body, standing)) print(`  ${line}`)
  }
  if (standing === 'done') return EXIT.ok
  if (standing === 'failed') return EXIT.wrong
  if (isExpected) return EXIT.ok
  note(`It has not ended yet: "skald watch ${plain(sagaId)}" goes on waiting.`)
  return EXIT.trouble
}

/** A saga that has ended is answered by its HTTP status, one that goes on by its own. */
function standingOf(status: number, body: Body): string {
  if (status === 201) return 'done'
  if (status >= 400) return 'failed'
  return typeof body['status'] === 'string' ? body['status'] : 'running'
}

function linesOf(body: Body, standing: string): string[] {
  const { saga_id: _id, error, last_error, output, parked } = body
  const trouble = (error ?? (standing === 'done' ? null : last_error) ?? parked) as Record<
    string,
    unknown
  > | null
  if (trouble !== null && trouble !== undefined && standing !== 'done') {
    const { step, message, reason, code } = trouble
    return [
      `${plain(step ?? '')}: ${plain(message ?? reason ?? '')} ${paint('dim', `(${plain(code ?? '')})`)}`,
    ]
  }
  const result = (output ?? body) as Record<string, unknown>
  const shown = standing === 'done' ? Object.entries(result) : []
  return shown
    .filter(([name, value]) => name !== 'saga_id' && name !== 'error' && value !== null)
    .map(([name, value]) => `${plain(name)} ${plain(value)}`)
}
