// `skald migrate`: one saga by its id, or all of a version as a bulk.
import { isMigrationTrial, type MigrationTrial } from '../client/answers.ts'
import { Client } from '../client/client.ts'
import { pathOf } from '../client/find-saga.ts'
import { bulk } from '../bulk/bulk.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { OperatorError } from '../operator-error.ts'
import { tellAll } from '../operate/operate.ts'
import { operatorOf, type OperatorOptions } from '../operate/operator.ts'
import { idsFrom } from '../operate/values.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { paint, print } from '../terminal/screen.ts'

export interface MigrateOptions extends OperatorOptions {
  readonly to: string
  readonly machine?: string
  readonly from?: string
  readonly dryRun?: boolean
  readonly rate?: number
  readonly yes?: boolean
}

export async function migrate(
  globals: Globals,
  sagas: readonly string[],
  options: MigrateOptions,
): Promise<ExitCode> {
  const { to, machine, from, dryRun } = options
  if (sagas.length === 0) {
    if (machine === undefined || from === undefined)
      throw new OperatorError('Which sagas? Name their ids, or all of one version by --machine and --from.')
    return bulk(globals, {
      order: { verb: 'migrate', filter: { machine, version: from }, ...operatorOf(options), to },
      options: { ...options, wait: true },
    })
  }
  if (machine !== undefined || from !== undefined)
    throw new OperatorError('Either ids, or all of one version by --machine and --from: leave one out.')
  const body = { ...operatorOf(options), to }
  const ids = await idsFrom(sagas)
  if (dryRun === true) return tryAll(globals, ids, body)
  return tellAll(globals, { verb: 'migrate', sagas: ids, body, options: { wait: true } })
}

async function tryAll(globals: Globals, ids: readonly string[], body: object): Promise<ExitCode> {
  const client = new Client(globals)
  const results: Trial[] = []
  for (const saga_id of ids) {
    const path = `${pathOf(saga_id)}/migrate`
    const json = { ...body, dry_run: true }
    const answer = await client.post({ path, expected: isMigrationTrial, json })
    results.push({ saga_id, ...answer.body })
  }
  if (globals.json) print(jsonOf({ results }))
  else for (const result of results) print(lineOf(result))
  return results.every(({ possible }) => possible) ? EXIT.ok : EXIT.wrong
}

type Trial = MigrationTrial & { readonly saga_id: string }

function lineOf({ saga_id, possible, why, state }: Trial): string {
  const id = plain(saga_id)
  return possible
    ? `${paint('green', '✓')} ${id}  would go on in ${plain(state)}`
    : `${paint('red', '✗')} ${id}  ${plain(why)}`
}
