// `skald watch`: one saga drawn as it goes, or all of them line by line.
import { Client } from '../client/client.ts'
import { findSaga } from '../client/find-saga.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { note } from '../terminal/screen.ts'
import { watchAll } from './all.ts'
import { watchOne } from './one.ts'

export interface WatchOptions {
  readonly machine?: string
}

export async function watch(
  globals: Globals,
  text: string | undefined,
  { machine }: WatchOptions,
): Promise<ExitCode> {
  const client = new Client(globals)
  // The lines are whole as they are written: there is nothing to put in order.
  process.once('SIGINT', () => {
    if (process.stderr.isTTY) note('')
    process.exit(EXIT.interrupted)
  })
  if (text !== undefined) return watchOne(client, await findSaga(client, text), globals)
  await watchAll(client, globals, machine)
  return EXIT.ok
}
