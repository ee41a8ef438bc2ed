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
import { engineHttp, orchestrators } from './candidates/engine-http.ts'
import { engine } from './candidates/engine.ts'
import { naive } from './candidates/naive.ts'
import { peer, PEERS, peersAreInstalled } from './candidates/peer.ts'
import { system } from './candidates/system.ts'
import type { Measured } from './load.ts'
import { measureHouse } from './house/house.ts'
import { measureMemory } from './memory/memory.ts'
import { measureResume } from './resume/resume.ts'
import { rowsOf, type Row } from './rows.ts'
import { killServers } from './server-process.ts'
import { compareStored } from './stored/stored.ts'
import { compareWaiting } from './waiting/waiting.ts'

const HELP = `Three calls to participants that answer at once:
  bare          three got calls, nothing persisted
  naive         the same, with a Postgres transaction for each of five transitions
  engine        the engine in process
  engine-http   the engine through its HTTP API
with --peers, once "npm ci --prefix bench/peers" has run:
  dbos, restate, openworkflow, openworkflow-unpolled   see bench/peers/README.md
with --orchestrators 1,2,4:
  orchestrators-N   engine-http as N processes on one database; the caller takes them in turn, without a gateway
with --system:
  system        what "skald up" runs, with the real participants and a cart and a produit for each order; CPU is
                the orchestrator's
each on databases of its own:
--stored 0,100000,1000000 (takes minutes, and 7 kB of disk for each)
  stored-N      the engine at 64 at a time, N ended sagas in its database
--waiting 0,100000,1000000 (the same)
  waiting-N     the engine at 64 at a time, N waiting sagas in its database, half of them for a time from tomorrow
                on, half for an event; idle_ is an orchestrator process with nothing else to do
--resume 10000
  resume-N      kill -9 of an orchestrator with N sagas in flight while another one lives: until the last is done
--memory
  memory-in-flight, memory-calling, memory-waiting   what each of 2,000 sagas takes: in its first step, waiting for
                its turn to call; its call open; parked, and out of memory until the next try
--house 200000
  default, tuned   so many sagas through the engine at 32 at a time, each archived and removed a minute behind its end:
                sizes and dead rows of tables and indexes meanwhile, with autovacuum as it is and as Skald sets it
Options: --quick (ends within 40 s), --json (one object a row), --only NAME,… (of all above --stored; --only none),
  --variant default|tuned (of --house),
  --seconds N (for each row), --concurrency N,… (sagas at a time; 1,8,64)`

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    orchestrators: { type: 'string' },
    system: { type: 'boolean', default: false },
    stored: { type: 'string' },
    waiting: { type: 'string' },
    resume: { type: 'string' },
    memory: { type: 'boolean', default: false },
    house: { type: 'string' },
    variant: { type: 'string' },
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
    await measureAll({ stubs: `http://127.0.0.1:${port}`, databaseUrl: url, folder })
  } finally {
    await killServers()
    stubs.disconnect()
    await stopPostgresDaemon(postgres)
    // As root its data lies elsewhere, for the account of Postgres can't enter the folder.
    await deleteCluster(folder)
    await rm(folder, { recursive: true, force: true })
  }
}

/** Prints each part as soon as it is known: some take minutes. */
async function measureAll(place: Place): Promise<void> {
  const seconds = Number(options.seconds ?? (options.quick ? 1.5 : 8))
  const [stored, waiting, resume] = [options.stored, options.waiting, options.resume].map(numbersOf)
  print(await compare(place, seconds))
  if (stored) print(await compareStored(place, stored, seconds))
  if (waiting) print(await compareWaiting(place, waiting, seconds))
  if (resume) print(await measureResume(place, resume))
  if (options.memory) print(await measureMemory(place))
  if (options.house) print(await measureHouse(place, Number(options.house), options.variant))
}

function numbersOf(list: string | undefined): number[] | undefined {
  return list?.split(',').map(Number)
}

function print(rows: readonly Row[]): void {
  if (options.json) for (const row of rows) console.log(JSON.stringify(row))
  else if (rows.length > 0) console.table(rows)
}

/** Side by side, with 1, 8 and 64 sagas at a time. */
async function compare(place: Place, seconds: number): Promise<Row[]> {
  const all = makers()
  const chosen = options.only?.split(',') ?? [...all.keys()]
  const rows: Row[] = []
  for (const concurrency of numbersOf(options.concurrency) ?? []) {
    const measured = new Map<string, Measured>()
    for (const [name, make] of all) {
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

function makers(): Map<string, (place: Place) => Promise<Candidate>> {
  const all = new Map<string, (place: Place) => Promise<Candidate>>([
    ['bare', bare],
    ['naive', naive],
    ['engine', engine],
    ['engine-http', engineHttp],
  ])
  if (options.peers) for (const name of PEERS) all.set(name, (place) => peer(name, place))
  for (const count of numbersOf(options.orchestrators) ?? []) {
    const name = `orchestrators-${count}`
    all.set(name, (place) => orchestrators(name, place, count))
  }
  if (options.system) all.set('system', system)
  return all
}
