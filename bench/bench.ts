// `npm run bench`: what durability costs, all in one run, for the machine's speed drifts from run to run.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgresDaemon, stopPostgresDaemon } from '../orchestrator/cli/up/embedded-postgres.ts'
import { deleteCluster } from '../orchestrator/cli/up/postgres-data.ts'
import { bare } from './candidates/bare.ts'
import type { Candidate, Place } from './candidates/candidate.ts'
import { engineHttp } from './candidates/engine-http.ts'
import { engine } from './candidates/engine.ts'
import { naive } from './candidates/naive.ts'
import { peer, PEERS, peersAreInstalled } from './candidates/peer.ts'
import type { Measured } from './load.ts'
import { rowsOf, type Row } from './rows.ts'
import { compareStored } from './stored/stored.ts'

const HELP = `Three calls to participants that answer at once:
  bare          three got calls, nothing persisted
  naive         the same, with a Postgres transaction for each of five transitions
  engine        the engine in process
  engine-http   the engine through its HTTP API
with --peers, once "npm ci --prefix bench/peers" has run:
  dbos, restate, openworkflow, openworkflow-unpolled   see bench/peers/README.md
with --stored 0,100000,1000000 (takes minutes, and 7 kB of disk for each):
  stored-N      the engine at 64 at a time, N ended sagas in its database
Options: --quick (ends within 40 s), --json (one object a row), --only NAME,…, --seconds N (for each row),
  --concurrency N,… (sagas at a time; 1,8,64)`

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    stored: { type: 'string' },
    only: { type: 'string' },
    seconds: { type: 'string' },
    concurrency: { type: 'string', default: '1,8,64' },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) console.log(HELP)
else if (options.peers && !peersAreInstalled()) {
  console.error('The peers are not installed: run "npm ci --prefix bench/peers" first.')
  process.exitCode = 1
} else await bench()

async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-bench-'))
  const postgres = { home: folder, log: () => {} }
  const stubs = fork(new URL('./stub-participants.ts', import.meta.url))
  try {
    const [port] = (await once(stubs, 'message')) as [number]
    const { url } = await startPostgresDaemon(postgres)
    const place = { stubs: `http://127.0.0.1:${port}`, databaseUrl: url, folder }
    const seconds = Number(options.seconds ?? (options.quick ? 1.5 : 8))
    const rows = await compare(place, seconds)
    const sizes = options.stored?.split(',').map(Number)
    if (sizes) rows.push(...(await compareStored(place, sizes, seconds)))
    print(rows)
  } finally {
    stubs.disconnect()
    await stopPostgresDaemon(postgres)
    // As root its data lies elsewhere, for the account of Postgres can't enter the folder.
    await deleteCluster(folder)
    await rm(folder, { recursive: true, force: true })
  }
}

function print(rows: readonly Row[]): void {
  if (options.json) for (const row of rows) console.log(JSON.stringify(row))
  else console.table(rows)
}

/** Side by side, with 1, 8 and 64 sagas at a time. */
async function compare(place: Place, seconds: number): Promise<Row[]> {
  const makers: Record<string, (place: Place) => Promise<Candidate>> = {
    bare,
    naive,
    engine,
    'engine-http': engineHttp,
  }
  if (options.peers) for (const name of PEERS) makers[name] = () => peer(name, place)
  const chosen = options.only?.split(',') ?? Object.keys(makers)
  const rows: Row[] = []
  for (const concurrency of options.concurrency.split(',').map(Number)) {
    const measured = new Map<string, Measured>()
    for (const [name, make] of Object.entries(makers)) {
      if (!chosen.includes(name)) continue
      // One at a time: each claims the partitions, and none may cost the next one anything.
      const candidate = await make(place)
      measured.set(name, await candidate.measure(concurrency, seconds))
      await candidate.close()
    }
    rows.push(...rowsOf(concurrency, measured, ['bare', 'naive']))
  }
  return rows
}
