// What `skald prune` does: counts what is old, asks, and removes it by the same code as an orchestrator does.
import { checkDatabase } from '../../../migrations/database.ts'
import type { Environment } from '../../config.ts'
import { Archive, ArchiveError } from '../../house/archive.ts'
import { openHouseStore } from '../../house/house.ts'
import { durationMs } from '../../house/retention.ts'
import { sweep } from '../../house/sweep.ts'
import type { EndedStatus, HouseStore, OldCount, OldSagas } from '../../store/house-store.ts'
import { asOperatorError, findDatabase } from '../audit/open-database.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { messageOf, OperatorError } from '../operator-error.ts'
import { confirmed } from '../terminal/confirm.ts'
import { live, progressLine } from '../terminal/live.ts'
import { jsonOf, plain } from '../terminal/plain.ts'
import { note, print, widthOf } from '../terminal/screen.ts'
import { tableOf } from '../terminal/table.ts'
import { clockOf } from '../terminal/times.ts'

/** As the command line has them. */
export interface PruneOptions {
  readonly olderThan: string
  readonly status: readonly EndedStatus[]
  readonly machine?: string
  readonly archive?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
}

interface Counted extends OldCount {
  readonly status: EndedStatus
}

interface Removed {
  readonly sagas: number
  readonly files: readonly string[]
  readonly interrupted: boolean
}

const APPLICATION_NAME = 'skald prune'
/** What counting many millions may take. */
const COUNT_MS = 600_000

/** Throws an OperatorError or a ConfigError for what the operator has to mend. */
export async function prune({
  env,
  options,
  json,
}: {
  env: Environment
  options: PruneOptions
  json: boolean
}): Promise<ExitCode> {
  const url = await findDatabase(env)
  const { store, close } = openHouseStore({
    url,
    applicationName: APPLICATION_NAME,
    statementTimeoutMs: COUNT_MS,
  })
  try {
    await checkDatabase({ url, applicationName: APPLICATION_NAME })
    const counts = await countAll(store, options)
    const total = counts.reduce((sum, { sagas }) => sum + sagas, 0)
    if (options.dryRun || total === 0) {
      tellCounts(counts, json)
      return EXIT.ok
    }
    if (!json) tellCounts(counts, json)
    if (!(await confirmed(questionOf(total, options), options.yes ?? false))) {
      note('Nothing was removed.')
      return EXIT.wrong
    }
    return tellRemoved(await removeAll(store, options, total), options, json)
  } catch (error) {
    throw asOperatorError(error)
  } finally {
    await close()
  }
}

function oldOf({ olderThan, machine, status }: PruneOptions): OldSagas[] {
  return status.map((status) => ({ status, olderThanMs: durationMs(olderThan), machine }))
}

async function countAll(store: HouseStore, options: PruneOptions): Promise<Counted[]> {
  const counts: Counted[] = []
  for (const old of oldOf(options)) {
    const found = await store.count(old)
    counts.push(...found.map((count) => ({ ...count, status: old.status })))
  }
  return counts
}

/** Ctrl-C ends it behind the batch under way. */
async function removeAll(store: HouseStore, options: PruneOptions, total: number): Promise<Removed> {
  const archive = options.archive ? new Archive(options.archive) : undefined
  const ending = new AbortController()
  const interrupt = () => ending.abort()
  process.once('SIGINT', interrupt)
  const progress = live()
  const files: string[] = []
  let sagas = 0
  try {
    await archive?.tidy()
    for (const old of oldOf(options)) {
      await sweep(old, {
        store,
        signal: ending.signal,
        keep: archive?.keep.bind(archive),
        onBatch: (batch) => {
          sagas += batch.sagas
          if (batch.file !== null) files.push(batch.file)
          progress.draw([progressLine({ done: sagas, total }, `${number(sagas)} of ${number(total)}`)])
        },
      })
    }
    return { sagas, files, interrupted: ending.signal.aborted }
  } catch (error) {
    throw endedBy(error, sagas)
  } finally {
    process.off('SIGINT', interrupt)
    progress.end()
  }
}

function endedBy(error: unknown, sagas: number): unknown {
  const mended = error instanceof ArchiveError ? new OperatorError(error.message) : asOperatorError(error)
  if (!(mended instanceof OperatorError)) return mended
  const before = sagas === 0 ? 'Nothing was removed' : `${number(sagas)} sagas were removed before`
  return new OperatorError(`${messageOf(mended).replace(/\.$/, '')}. ${before}.`, { cause: error })
}

function questionOf(total: number, { archive }: PruneOptions): string {
  const kept = archive ? `once their journals are in ${archive}` : 'and their journals, for ever'
  return `Remove ${total === 1 ? 'this saga' : `these ${number(total)} sagas`}, ${kept}?`
}

function tellCounts(counts: readonly Counted[], json: boolean): void {
  if (json) {
    const told = counts.map(({ machine, status, sagas, firstEndedAt, lastEndedAt }) => ({
      machine,
      status,
      sagas,
      first_ended_at: firstEndedAt,
      last_ended_at: lastEndedAt,
    }))
    print(jsonOf({ sagas: counts.reduce((sum, { sagas }) => sum + sagas, 0), counts: told, removed: 0 }))
    return
  }
  if (counts.length === 0) {
    note('Nothing is as old as that.')
    return
  }
  const columns = [
    { title: 'MACHINE', cell: ({ machine }: Counted) => plain(machine) },
    { title: 'STATUS', cell: ({ status }: Counted) => status },
    { title: 'SAGAS', cell: ({ sagas }: Counted) => number(sagas), align: 'right' as const },
    { title: 'FIRST ENDED', cell: ({ firstEndedAt }: Counted) => clockOf(firstEndedAt.toISOString()) },
    { title: 'LAST ENDED', cell: ({ lastEndedAt }: Counted) => clockOf(lastEndedAt.toISOString()) },
  ]
  print(...tableOf(counts, columns, widthOf()))
}

function tellRemoved(
  { sagas, files, interrupted }: Removed,
  { archive }: PruneOptions,
  json: boolean,
): ExitCode {
  if (json) print(jsonOf({ removed: sagas, files }))
  else {
    const where = archive ? `; their journals are in ${archive} (files: ${number(files.length)})` : ''
    note(`${number(sagas)} removed${where}.`)
  }
  return interrupted ? EXIT.interrupted : EXIT.ok
}

const number = (count: number) => count.toLocaleString('en')
