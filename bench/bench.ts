// `npm run bench`: what durability costs, all in one run, for the machine's speed drifts from run to run.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgresDaemon, stopPostgresDaemon } from '../orchestrator/cli/up/embedded-postgres.ts'
import { bare, engine, engineHttp, naive, type Candidate } from './candidates.ts'
import { measure, type Measured } from './load.ts'

const HELP = `Three calls to participants that answer at once:
  bare         three got calls, nothing persisted
  naive        the same, with a Postgres transaction for each of five transitions
  engine       the engine in process
  engine-http  the engine through its HTTP API
Options: --quick (ends within 40 s), --json (one object a row), --only NAME, --seconds N (for each row)`

const CONCURRENCIES = [1, 8, 64]

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    seconds: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) console.log(HELP)
else await bench()

async function bench(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'skald-bench-'))
  const postgres = { home, log: () => {} }
  const stubs = fork(new URL('./stub-participants.ts', import.meta.url))
  try {
    const [port] = (await once(stubs, 'message')) as [number]
    const { url } = await startPostgresDaemon(postgres)
    await compare(`http://127.0.0.1:${port}`, url)
  } finally {
    stubs.disconnect()
    await stopPostgresDaemon(postgres)
    await rm(home, { recursive: true, force: true })
  }
}

async function compare(stubs: string, databaseUrl: string): Promise<void> {
  const makers: (() => Promise<Candidate>)[] = [
    async () => bare(stubs),
    () => naive(stubs, databaseUrl),
    () => engine(stubs, databaseUrl),
    () => engineHttp(stubs, databaseUrl),
  ]
  const seconds = Number(options.seconds ?? (options.quick ? 1.5 : 8))
  const rows: Row[] = []
  for (const concurrency of CONCURRENCIES) {
    const measured = new Map<string, Measured>()
    for (const make of makers) {
      // One at a time: each claims the partitions, and none may cost the next one anything.
      const candidate = await make()
      if (options.only === undefined || options.only === candidate.name) {
        measured.set(candidate.name, await measure(candidate, concurrency, seconds))
      }
      await candidate.close()
    }
    rows.push(...rowsOf(concurrency, measured))
  }
  if (options.json) for (const row of rows) console.log(JSON.stringify(row))
  else console.table(rows)
}

interface Row extends Measured {
  name: string
  concurrency: number
  /** null where the other was not measured in this run. */
  ratio_to_bare: number | null
  ratio_to_naive: number | null
}

function rowsOf(concurrency: number, measured: ReadonlyMap<string, Measured>): Row[] {
  return [...measured].map(([name, figures]) => {
    const ratioTo = (other: string) => {
      const rate = measured.get(other)?.sagas_per_second
      return rate === undefined ? null : rounded(figures.sagas_per_second / rate)
    }
    return {
      name,
      concurrency,
      sagas_per_second: rounded(figures.sagas_per_second),
      p50_ms: rounded(figures.p50_ms),
      p99_ms: rounded(figures.p99_ms),
      cpu_ms_per_saga: rounded(figures.cpu_ms_per_saga),
      commits_per_saga: rounded(figures.commits_per_saga),
      ratio_to_bare: ratioTo('bare'),
      ratio_to_naive: ratioTo('naive'),
    }
  })
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
