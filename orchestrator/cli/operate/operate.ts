// `skald retry`, `skip`, `complete`, `compensate`, `cancel`, `abandon`: one verb for each saga that was named.
import { randomUUID } from 'node:crypto'
import type { Verb } from '../../engine/verbs/operator-event.ts'
import { isTold, type ToldSaga } from '../client/answers.ts'
import { ProblemError } from '../client/api-errors.ts'
import { Client } from '../client/client.ts'
import { pathOf } from '../client/find-saga.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { OperatorError } from '../operator-error.ts'
import { confirmed } from '../terminal/confirm.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { note, paint, print } from '../terminal/screen.ts'
import { painted } from '../terminal/statuses.ts'
import { operatorOf, type OperatorOptions } from './operator.ts'
import { idsFrom, jsonFrom } from './values.ts'

export interface DetailOptions {
  readonly step?: string | undefined
  readonly input?: string
  readonly output?: string
}

export interface OperateOptions extends OperatorOptions, DetailOptions {
  readonly key?: string
  readonly wait: boolean
  readonly yes?: boolean
}

interface Asked {
  readonly verb: Verb | 'migrate'
  readonly sagas: readonly string[]
  readonly body: object
  readonly options: Pick<OperateOptions, 'key' | 'wait'>
}

interface Result {
  readonly saga_id: string
  readonly outcome: 'applied' | 'accepted' | 'refused' | 'trouble'
  /** How it stands now, as the API answered it. */
  readonly saga?: ToldSaga
  readonly problem?: object
}

export async function operate(
  globals: Globals,
  { verb, sagas, options }: { verb: Verb; sagas: readonly string[]; options: OperateOptions },
): Promise<ExitCode> {
  const ids = await idsFrom(sagas)
  const body = { ...operatorOf(options), ...(await detailsOf(options)) }
  if (verb === 'abandon') {
    const which = ids.length === 1 ? `saga ${plain(ids[0])}` : `${ids.length} sagas`
    const question = `Give up ${which}? What was begun is not undone.`
    if (!(await confirmed(question, options.yes ?? false))) return nothingDone()
  }
  return tellAll(globals, { verb, sagas: ids, body, options })
}

export function nothingDone(): ExitCode {
  note('Nothing was done.')
  return EXIT.wrong
}

export async function detailsOf({ step, input, output }: DetailOptions): Promise<object> {
  return {
    ...(step !== undefined && { step }),
    ...(input !== undefined && { input: await jsonFrom(input, '--input') }),
    ...(output !== undefined && { output: await jsonFrom(output, '--output') }),
  }
}

/** One after the other, and each is told as it comes; for thousands there is `skald bulk`. */
export async function tellAll(globals: Globals, asked: Asked): Promise<ExitCode> {
  const { sagas, options } = asked
  if (options.key !== undefined && sagas.length > 1)
    throw new OperatorError('One --key is one call for one saga: leave it out, or name one saga.')
  const client = new Client(globals)
  const results: Result[] = []
  for (const sagaId of sagas) {
    const result = await tellOne(client, sagaId, asked)
    results.push(result)
    if (!globals.json) report(asked.verb, result)
  }
  if (globals.json) print(jsonOf({ results }))
  if (results.some(({ outcome }) => outcome === 'trouble')) return EXIT.trouble
  return results.some(({ outcome }) => outcome === 'refused') ? EXIT.wrong : EXIT.ok
}

async function tellOne(client: Client, sagaId: string, { verb, body, options }: Asked): Promise<Result> {
  try {
    const answer = await client.post({
      path: `${pathOf(sagaId)}/${verb}`,
      expected: isTold,
      json: body,
      key: options.key ?? randomUUID(),
      ...(!options.wait && { waitSeconds: 0 }),
    })
    return { saga_id: sagaId, outcome: answer.status === 202 ? 'accepted' : 'applied', saga: answer.body }
  } catch (error) {
    if (error instanceof ProblemError) {
      const outcome = error.exitCode === EXIT.wrong ? 'refused' : 'trouble'
      return { saga_id: sagaId, outcome, problem: { ...error.problem, told: error.message } }
    }
    // Nobody is there: the next one would meet the same.
    throw error
  }
}

function report(verb: string, { saga_id, outcome, saga, problem }: Result): void {
  const id = plain(saga_id)
  if (problem !== undefined) {
    const told = 'told' in problem ? String(problem.told) : ''
    note(`${paint('red', '✗', process.stderr)} ${id}  ${told.replaceAll('\n', '\n    ')}`)
    return
  }
  const { status = '', state } = saga ?? {}
  const now = painted(status, plain(status))
  const where = state === undefined || state.toLowerCase() === status ? '' : ` (${plain(state)})`
  if (outcome === 'applied') print(`${paint('green', '✓')} ${id}  ${verb}: ${now}${where}`)
  else print(`${paint('cyan', '…')} ${id}  ${verb}: accepted, and not answered yet`)
}
