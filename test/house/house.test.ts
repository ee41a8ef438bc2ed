// Keeping house across processes: houses that are killed, houses side by side, and `skald prune`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { openHouse } from '../../orchestrator/house/house.ts'
import { readSagaFiles } from '../../orchestrator/saga-file/read-saga-files.ts'
import { spawnNode } from '../crash/node-process.ts'
import { openJournal, ownAll, type JournalDatabase } from '../kit/journal-database.ts'
import { copiesOf, DAY_MS, oldSaga } from '../kit/old-sagas.ts'
import { startSkald } from '../kit/skald-command.ts'
import { until } from '../kit/until.ts'

interface Past extends JournalDatabase {
  /** Of all sagas, in the order in which they ended: they are done for more than 30 days. */
  readonly ids: readonly string[]
  readonly archive: string
}

async function openPast(t: Test, count: number): Promise<Past> {
  const journal = await openJournal(t)
  const [lease] = await ownAll(journal)
  const { sagaId } = await oldSaga(journal, lease, { days: 31, key: 'key' })
  return {
    ...journal,
    ids: [sagaId, ...(await copiesOf(journal, sagaId, count - 1))],
    archive: t.testdir({}),
  }
}

async function stored({ pool }: Past): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('select count(*)::int from orchestrator.saga')
  return rows[0]?.count ?? 0
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/** The ids of all sagas in the archive, once for each time that they are in it, sorted. */
async function archived({ archive }: Past): Promise<string[]> {
  const ids: string[] = []
  for (const file of (await filesIn(archive)).filter((name) => name.endsWith('.jsonl.gz')))
    for await (const { saga } of readSagaFiles(file)) ids.push(saga.saga_id)
  return ids.sort()
}

/** A house in this process, that looks at once. */
function keepHouse(t: Test, { url, archive }: Past): void {
  const house = openHouse({
    url,
    retention: { sagas: { done: 30 * DAY_MS }, events: DAY_MS },
    archiveFolder: archive,
    log: pino({ level: 'silent' }),
    random: () => 0,
    lookEveryMs: 100,
  })
  t.teardown(() => house.close())
}

async function dies(t: Test, past: Past, where: string): Promise<void> {
  const settings = { DATABASE_URL: past.url, ARCHIVE_DIR: past.archive, DIES: where }
  const child = spawnNode(join(import.meta.dirname, 'house-that-dies.ts'), settings)
  const gone = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const [, signal] = (await gone) as [number | null, string | null]
  t.equal(signal, 'SIGKILL', await text(child.stderr))
}

t.test('a house killed behind its archive loses nothing, and archives twice', async (t) => {
  const past = await openPast(t, 20)
  const ids = past.ids.toSorted()
  await dies(t, past, 'behind the archive')
  t.equal(await stored(past), ids.length)
  t.strictSame(await archived(past), ids)
  keepHouse(t, past)
  await until('all are removed', async () => (await stored(past)) === 0)
  t.strictSame(
    await archived(past),
    ids.flatMap((id) => [id, id]),
  )
})

t.test('a house killed while it archives leaves a part, and nothing is lost', async (t) => {
  const past = await openPast(t, 20)
  await dies(t, past, 'while it writes')
  t.equal(await stored(past), past.ids.length)
  const [part] = await filesIn(past.archive)
  t.match(part, /\.part$/)
  keepHouse(t, past)
  await until('all are removed', async () => (await stored(past)) === 0)
  t.strictSame(await archived(past), past.ids.toSorted())
})

t.test('two houses at once remove and archive each saga once', async (t) => {
  const past = await openPast(t, 4_500)
  keepHouse(t, past)
  keepHouse(t, past)
  await until('all are removed', async () => (await stored(past)) === 0, 60)
  t.strictSame(await archived(past), past.ids.toSorted())
  const { rows } = await past.pool.query('select sagas::int from orchestrator.removed')
  t.strictSame(rows, [{ sagas: past.ids.length }])
})

t.test('prune counts first, asks, and removes what was asked for', async (t) => {
  const past = await openPast(t, 30)
  const prune = async (...args: string[]) => {
    const settings = { DATABASE_URL: past.url, ARCHIVE_DIR: past.archive }
    return await startSkald(t, ['prune', '--older-than', '30d', ...args], settings).outcome
  }
  const counted = await prune('--dry-run', '--status', 'done,failed')
  t.match(counted, { code: 0, stdout: /^MACHINE +STATUS +SAGAS .*\ncommande +done +30 / })
  t.match(JSON.parse((await prune('--dry-run', '--json')).stdout), {
    sagas: 30,
    removed: 0,
    counts: [{ machine: 'commande', status: 'done', sagas: 30, first_ended_at: /Z$/ }],
  })
  t.match(await prune(), {
    code: 2,
    stderr: /^Remove these 30 sagas, once their journals are in .*\? Nobody is at a terminal .*--yes/,
  })
  t.match(await prune('--yes', '--machine', 'voyage'), { code: 0, stderr: 'Nothing is as old as that.\n' })
  t.equal(await stored(past), 30)
  t.match(await prune('--yes'), {
    code: 0,
    stderr: /^30 removed; their journals are in .* \(files: 1\)\.\n$/,
  })
  t.equal(await stored(past), 0)
  t.strictSame(await archived(past), past.ids.toSorted())
  t.strictSame(JSON.parse((await prune('--yes', '--json')).stdout), { sagas: 0, counts: [], removed: 0 })
})

t.test('prune that is used wrongly says how it is used', async (t) => {
  const wrong: [args: string[], says: RegExp][] = [
    [[], /required option '--older-than <age>' not specified/],
    [['--older-than', '30'], /must be a whole number from 1 to 99999 and m, h or d/],
    [['--older-than', '30d', '--status', 'parked'], /must be done or failed, or both/],
  ]
  for (const [args, says] of wrong)
    t.match(await startSkald(t, ['prune', ...args], {}).outcome, { code: 2, stdout: '', stderr: says })
})

t.test('where prune can not write its archive nothing is removed, and one line says so', async (t) => {
  const past = await openPast(t, 10)
  const archive = join(t.testdir({ file: '' }), 'file')
  const args = ['prune', '--older-than', '30d', '--yes', '--archive', archive]
  const { code, stderr } = await startSkald(t, args, { DATABASE_URL: past.url }).outcome
  t.equal(code, 2)
  t.match(stderr, /^The archive .* can't be written \(E\w+: .*\)\. Nothing was removed\.\n$/)
  t.equal(await stored(past), 10)
})

t.test('where the disk is full nothing is removed, and nothing is left on it', async (t) => {
  const past = await openPast(t, 1_500)
  // No file may grow beyond some kilobytes: to the process it is as if the disk were full.
  const house = join(import.meta.dirname, 'house-that-dies.ts')
  const limited = ['-c', 'ulimit -f 16; exec env -u NODE_OPTIONS "$0" "$@"', process.execPath, house]
  const { PATH = '' } = process.env
  const env = { PATH, DATABASE_URL: past.url, ARCHIVE_DIR: past.archive }
  const child = spawn('sh', limited, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await closed
  })
  const stderr = await text(child.stderr)
  t.strictSame(await closed, [1, null])
  t.match(stderr, `The archive ${past.archive} can't be written (EFBIG: file too large, write)`)
  t.equal(await stored(past), past.ids.length)
  t.strictSame(await filesIn(past.archive), [])
})
