// Whether tables and indexes stay as large as what they hold while sagas come, end, are archived and are removed.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type pg from 'pg'
import { pino } from 'pino'
import { openHouse } from '../../orchestrator/house/house.ts'
import { ORDER, type Place } from '../candidates/candidate.ts'
import { openEngine, type OpenedEngine } from '../candidates/engine.ts'
import { connected, databaseNamed } from '../databases.ts'
import { rounded, type Row } from '../rows.ts'

/** At a time. */
const CONCURRENCY = 32
/** What a saga that is done is kept for: so many sagas as come meanwhile are what the tables have to hold. */
const RETAIN_MS = 60_000
/** A twelfth of what Postgres has by itself: then a minute stands for twelve of a table twelve times as large. */
const NAPTIME_SECONDS = 5
const LOOK_EVERY_MS = 1_000
const SAMPLES = 10
const TABLES = ['saga', 'transition', 'business_event', 'idempotency_key']

/** `default` is autovacuum as Postgres has it by itself, `tuned` as the migrations set it for these tables. */
const VARIANTS = ['default', 'tuned'] as const
type Variant = (typeof VARIANTS)[number]

interface Sample {
  readonly sagas: number
  readonly seconds: number
  /** Megabytes of each relation, and dead rows of each table. */
  readonly figures: ReadonlyMap<string, number>
}

export async function measureHouse(place: Place, count: number, only: string | undefined): Promise<Row[]> {
  const rows: Row[] = []
  await connected(place.databaseUrl, async (client) => {
    await client.query(`alter system set autovacuum_naptime = ${NAPTIME_SECONDS}`)
    await client.query('select pg_reload_conf()')
  })
  for (const variant of VARIANTS.filter((name) => only === undefined || only.split(',').includes(name)))
    rows.push(...rowsOf(variant, await run(place, variant, count)))
  return rows
}

async function run(place: Place, variant: Variant, count: number): Promise<Sample[]> {
  const databaseUrl = await databaseNamed(`house-${variant}`, place.databaseUrl)
  const opened = await openEngine({ ...place, databaseUrl })
  const house = openHouse({
    url: databaseUrl,
    retention: { sagas: { done: RETAIN_MS }, events: RETAIN_MS },
    archiveFolder: join(place.folder, `archive-${variant}`),
    log: pino({ level: 'warn' }),
    random: Math.random,
    lookEveryMs: LOOK_EVERY_MS,
  })
  try {
    return await connected(databaseUrl, async (client) => {
      if (variant === 'default') await resetStorage(client)
      return await drive(opened, client, count)
    })
  } finally {
    await house.close()
    await opened.close()
  }
}

/** What a table was made with stays, such as its fillfactor; autovacuum does not. */
async function resetStorage(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; options: string }>(
    `select c.oid::regclass as name, string_agg(format('%1$s, toast.%1$s', split_part(option, '=', 1)), ', ') as options
     from pg_class c, unnest(c.reloptions) option
     where c.relnamespace = 'orchestrator'::regnamespace and c.relkind = 'r' and option like 'autovacuum%'
     group by c.oid`,
  )
  for (const { name, options } of rows) await client.query(`alter table ${name} reset (${options})`)
}

async function drive({ engine }: OpenedEngine, client: pg.Client, count: number): Promise<Sample[]> {
  const samples: Sample[] = []
  const beganAt = performance.now()
  let [started, ended] = [0, 0]
  const worker = async () => {
    while (started < count) {
      started += 1
      const idempotency = { key: randomUUID(), fingerprint: 'bench' }
      const start = await engine.start({ machine: 'commande', input: ORDER, idempotency })
      if (start.kind !== 'started') throw new Error(`start ${start.kind}`)
      await engine.exited(start.sagaId)
      ended += 1
      if (ended % (count / SAMPLES) !== 0) continue
      const seconds = (performance.now() - beganAt) / 1_000
      samples.push({ sagas: ended, seconds, figures: await figuresOf(client) })
      console.error(`${ended} sagas in ${seconds.toFixed(0)} s`)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return samples
}

async function figuresOf(client: pg.Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ name: string; figure: number }>(
    `select s.relname || ' stored' as name, n_live_tup::float as figure
       from pg_stat_user_tables s where s.schemaname = 'orchestrator' and s.relname = any($1)
     union all select s.relname || ' dead', n_dead_tup::float
       from pg_stat_user_tables s where s.schemaname = 'orchestrator' and s.relname = any($1)
     union all select s.relname || ' vacuums', autovacuum_count::float
       from pg_stat_user_tables s where s.schemaname = 'orchestrator' and s.relname = any($1)
     union all select s.relname || ' mb', pg_table_size(s.relid) / 1048576.0
       from pg_stat_user_tables s where s.schemaname = 'orchestrator' and s.relname = any($1)
     union all select s.indexrelname || ' mb', pg_relation_size(s.indexrelid) / 1048576.0
       from pg_stat_user_indexes s where s.schemaname = 'orchestrator' and s.relname = any($1)
     order by 1`,
    [TABLES],
  )
  return new Map(rows.map(({ name, figure }) => [name, figure]))
}

/** A row for each figure, a column for each sample: what is flat can be seen. */
function rowsOf(variant: Variant, samples: readonly Sample[]): Row[] {
  const names = [...(samples[0]?.figures.keys() ?? [])]
  const row = (name: string, figure: (sample: Sample) => number): Row => ({
    name: `${variant} ${name}`,
    ...Object.fromEntries(samples.map((sample) => [`at_${sample.sagas}`, rounded(figure(sample))])),
  })
  return [
    row('seconds', ({ seconds }) => seconds),
    ...names.map((name) => row(name, ({ figures }) => figures.get(name) ?? 0)),
  ]
}
