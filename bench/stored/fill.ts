// Fills a database with sagas that have long ended, or that wait for long: copies of one that the engine itself drove.
import pg from 'pg'

const PARTITIONS = 64
/** What a saga consists of; the copies differ in id, partition and age. */
const TABLES = ['saga', 'transition', 'business_event']
/** How far apart the copies were started: a million of them fill two months. */
const APART = "interval '5 seconds'"
/** Each has partitions of its own, so that none waits for another. */
const WRITERS = 2

export interface Filling {
  /** Shown when it is done. */
  readonly name: string
  readonly count: number
  readonly status: 'done' | 'parked'
}

/**
 * The database holds a saga of this status; afterwards it holds `count` copies of it too. Those that are parked are
 * due from tomorrow on, one after the other; every other one only wakes if somebody sends to it.
 */
export async function fill(databaseUrl: string, { name, count, status }: Filling): Promise<void> {
  const startedAt = performance.now()
  const client = await connect(databaseUrl)
  const { rows } = await client.query<{ saga_id: string }>(
    'select saga_id from orchestrator.saga where status = $1 limit 1',
    [status],
  )
  const [original] = rows
  if (original === undefined) throw new Error(`there is no saga to copy that is ${status}`)
  await client.query(
    'create unlogged table stored (partition smallint, saga_id uuid, age interval, wake_at timestamptz)',
  )
  await client.query(
    `insert into stored
     select i % ${PARTITIONS}, uuidv7(-age), age,
       case when i / ${PARTITIONS} % 2 = 0 then 'infinity' else now() + age end
     from generate_series(1, $1::integer) as i, lateral (select i * ${APART} + interval '1 day') as a (age)`,
    [count],
  )
  await client.query('create index on stored (partition, saga_id)')
  await client.query('analyze stored')
  await Promise.all(Array.from({ length: WRITERS }, (_, w) => write(databaseUrl, original.saga_id, w)))
  await client.query('drop table stored')
  for (const table of TABLES) await client.query(`vacuum (analyze) orchestrator.${table}`)
  await client.query('checkpoint')
  await client.end()
  const seconds = (performance.now() - startedAt) / 1_000
  console.error(`${name}: filled in ${seconds.toFixed(0)} s`)
}

async function write(databaseUrl: string, original: string, writer: number): Promise<void> {
  const client = await connect(databaseUrl)
  for (const table of TABLES) {
    const copy = await copyingSql(client, table)
    for (let partition = writer; partition < PARTITIONS; partition += WRITERS) {
      await client.query(copy, [original, partition])
    }
  }
  await client.end()
}

/** Whatever columns the table has, now or later: only what tells one saga from another is made anew. */
async function copyingSql(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = 'orchestrator' and table_name = $1`,
    [table],
  )
  const values = rows.map(({ name, type }) => {
    if (name === 'partition' || name === 'saga_id') return `copy.${name}`
    if (name === 'wake_at') return `case when original.wake_at is not null then copy.wake_at end`
    if (type.startsWith('timestamp')) return `original.${name} - copy.age`
    if (type === 'json') return `replace(original.${name}::text, $1::text, copy.saga_id::text)::json`
    return `original.${name}`
  })
  // In the order of the primary key, so that its index grows at one end.
  return `insert into orchestrator.${table} (${rows.map(({ name }) => name).join(', ')})
    select ${values.join(', ')}
    from stored copy, orchestrator.${table} original
    where original.saga_id = $1::uuid and copy.partition = $2
    order by copy.saga_id`
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  // Nobody was told of a copy that a crash would lose.
  const options = '-c synchronous_commit=off -c work_mem=256MB'
  const client = new pg.Client({ connectionString: databaseUrl, options })
  await client.connect()
  return client
}
