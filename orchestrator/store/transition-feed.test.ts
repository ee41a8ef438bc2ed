import pg, { type PoolClient } from 'pg'
import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { openJournal } from '../../test/kit/journal-database.ts'
import type { FeedCursor, FeedRow } from './transition-feed.ts'

const journal = await openJournal(t)
const { pool } = journal
const { feed } = journal.reader

const rowName = ({ sagaId, seq }: Pick<FeedRow, 'sagaId' | 'seq'>) => `${sagaId} ${seq}`

const rowsOf = (sagaId: string, count: number) =>
  Array.from({ length: count }, (_, seq) => rowName({ sagaId, seq }))

async function saga(machine = 'commande'): Promise<string> {
  const sagaId = newSagaId()
  await pool.query(
    `insert into orchestrator.saga
       (partition, saga_id, machine, version, input, status, state, seq, epoch, wake_at)
     values (7, $1, $2, '1', '{}', 'running', 'doing', 0, 1, '-infinity')`,
    [sagaId, machine],
  )
  return sagaId
}

/** Rows of the journal, from `seq` on. */
async function write(client: Pick<PoolClient, 'query'>, sagaId: string, seq: number, count = 1) {
  await client.query(
    `insert into orchestrator.transition (partition, saga_id, seq, event, at, state, snapshot)
     select 7, $1, seq, '{"type":"E"}', now(), 'doing', '{}' from generate_series($2::int, $3::int) seq`,
    [sagaId, seq, seq + count - 1],
  )
}

async function open(): Promise<PoolClient> {
  const client = await pool.connect()
  await client.query('begin')
  return client
}

async function end(client: PoolClient, how: 'commit' | 'rollback' = 'commit'): Promise<void> {
  await client.query(how)
  client.release()
}

/** One look; it must know the cursor. */
async function look(cursor: FeedCursor, limit = 1_000, machine?: string) {
  const page = await feed.after(cursor, { limit, ...(machine !== undefined && { machine }) })
  if (page === undefined) throw new Error('the feed does not know its own cursor')
  return { ...page, seqs: page.rows.map(({ seq }) => seq) }
}

t.test('what is committed behind a cursor is told once, with its saga', async (t) => {
  const sagaId = await saga()
  await write(pool, sagaId, 0)
  const now = await feed.now()
  t.strictSame((await look(now)).rows, [])
  await write(pool, sagaId, 1)
  const first = await look(now)
  t.match(first.rows, [
    {
      sagaId,
      machine: 'commande',
      version: '1',
      seq: 1,
      actor: null,
      event: { type: 'E' },
      at: Date,
      state: 'doing',
      status: 'running',
    },
  ])
  t.strictSame([first.seqs, first.hasMore], [[1], false])
  t.strictSame((await look(first.cursor)).rows, [])
  t.strictSame((await look(now)).seqs, [1], 'a look changes nothing')
})

t.test('of an event that is long, only the type is told', async (t) => {
  const sagaId = await saga()
  const cursor = await feed.now()
  const events = [1_000, 10_000].map((length) => ({ type: 'E', output: 'x'.repeat(length) }))
  for (const [seq, event] of events.entries()) {
    await pool.query(
      `insert into orchestrator.transition (partition, saga_id, seq, event, at, state, snapshot)
       values (7, $1, $2, $3, now(), 'doing', '{}')`,
      [sagaId, seq, JSON.stringify(event)],
    )
  }
  const { rows } = await look(cursor)
  t.strictSame(
    rows.map(({ event }) => event),
    [events[0], { type: 'E' }],
  )
})

t.test('what began before a look and ended behind it is told by the next, however late', async (t) => {
  const [early, late] = [await saga(), await saga()]
  const cursor = await feed.now()
  const slow = await open()
  await write(slow, late, 0)
  await write(pool, early, 0)
  const first = await look(cursor)
  t.strictSame(first.rows.map(rowName), [`${early} 0`])
  await write(pool, early, 1)
  const second = await look(first.cursor)
  t.strictSame(second.rows.map(rowName), [`${early} 1`])
  await end(slow)
  const third = await look(second.cursor)
  t.strictSame(third.rows.map(rowName), [`${late} 0`])
  t.strictSame((await look(third.cursor)).rows, [])
})

t.test('pages of one difference show one moment, and what comes meanwhile is told behind them', async (t) => {
  const [paged, old, meanwhile] = [await saga(), await saga(), await saga()]
  const slow = await open()
  await write(slow, old, 0, 3)
  const cursor = await feed.now()
  await write(pool, paged, 0, 20)
  await end(slow)
  const told: string[] = []
  let page = await look(cursor, 9)
  const slower = await open()
  await write(slower, meanwhile, 0)
  await write(pool, paged, 20)
  await end(slower)
  for (;;) {
    told.push(...page.rows.map(rowName))
    if (!page.hasMore) break
    page = await look(page.cursor, 9)
  }
  t.strictSame(told, [...rowsOf(old, 3), ...rowsOf(paged, 20), ...rowsOf(meanwhile, 1), `${paged} 20`])
})

t.test('of one machine alone, other machines are passed over without end', async (t) => {
  const [wanted, other] = [await saga('retour'), await saga()]
  const cursor = await feed.now()
  await write(pool, other, 0, 6_000)
  await write(pool, wanted, 0, 3)
  const first = await look(cursor, 2, 'retour')
  t.strictSame([first.seqs, first.hasMore], [[], true], 'a look is bounded, whatever it finds')
  const second = await look(first.cursor, 2, 'retour')
  t.strictSame([second.seqs, second.hasMore], [[0, 1], true])
  const third = await look(second.cursor, 2, 'retour')
  t.strictSame([third.seqs, third.hasMore], [[2], true])
  const last = await look(third.cursor, 2, 'retour')
  t.strictSame([last.seqs, last.hasMore], [[], false])
})

t.test('rows of a saga that was removed meanwhile are not told, and hold up nothing', async (t) => {
  const [gone, left] = [await saga(), await saga()]
  const cursor = await feed.now()
  await write(pool, gone, 0, 3)
  await write(pool, left, 0)
  await pool.query('delete from orchestrator.saga where saga_id = $1', [gone])
  const first = await look(cursor, 3)
  t.strictSame([first.seqs, first.hasMore], [[], true])
  t.strictSame((await look(first.cursor, 3)).rows.map(rowName), [`${left} 0`])
})

t.test('a cursor of another database, or of a moment to come, is none', async (t) => {
  const cursor = await feed.now()
  const other = await openJournal(t)
  t.equal(await other.reader.feed.after(cursor, { limit: 1 }), undefined)
  const later = { ...cursor, seen: { ...cursor.seen, before: String(BigInt(cursor.seen.before) + 1_000n) } }
  t.equal(await feed.after(later, { limit: 1 }), undefined)
  t.not(await feed.after(cursor, { limit: 1 }), undefined)
})

const WRITERS = 8
const writers = new pg.Pool({ connectionString: journal.url, max: WRITERS })
t.teardown(() => writers.end())
const TRANSACTIONS = 40

/** The next of a series that looks random, and is the same again for the same seed. */
function draw(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Transactions of many rows that overlap those of others, some of them in vain. */
async function writer(seed: number): Promise<void> {
  const next = draw(seed)
  const sagas = [await saga(), await saga()].map((sagaId) => ({ sagaId, seq: 0 }))
  const client = await writers.connect()
  for (let i = 0; i < TRANSACTIONS; i++) {
    await client.query('begin')
    const isInVain = next(8) === 0
    for (const one of sagas.slice(0, 1 + next(2))) {
      const count = 1 + next(4)
      await write(client, one.sagaId, one.seq, count)
      if (!isInVain) one.seq += count
      for (let wait = next(6); wait > 0; wait--) await client.query('select')
    }
    await client.query(isInVain ? 'rollback' : 'commit')
  }
  client.release()
}

t.test('of many that write at once each row is told once, and each saga in its order', async (t) => {
  const seed = Date.now() % 1_000_000
  t.comment(`seed ${seed}`)
  const next = draw(seed)
  const { rows: before } = await pool.query('select count(*)::int as count from orchestrator.transition')
  let cursor = await feed.now()
  const written = { all: false }
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, i) => writer(seed + i))).finally(() => {
    written.all = true
  })
  const told: FeedRow[] = []
  let looks = 0
  for (let goesOn = true; goesOn; looks++) {
    // Asked before the look, so that the last look is behind the last commit.
    const isLast = written.all
    const page = await look(cursor, 1 + next(20))
    told.push(...page.rows)
    cursor = page.cursor
    goesOn = page.hasMore || !isLast
  }
  await writing
  t.comment(`${told.length} rows in ${looks} looks`)
  const { rows: after } = await pool.query('select count(*)::int as count from orchestrator.transition')
  const names = told.map(rowName)
  t.equal(new Set(names).size, names.length, 'none twice')
  t.equal(names.length, after[0].count - before[0].count, 'none left out')
  const seqs = Map.groupBy(told, ({ sagaId }) => sagaId)
  for (const rows of seqs.values()) {
    t.strictSame(
      rows.map(({ seq }) => seq),
      rows.map((_, index) => index),
    )
  }
})

/** The sagas that moved, by one look; it must know the cursor. */
async function moved(cursor: FeedCursor, until?: FeedCursor) {
  const told = await feed.moved(cursor, until)
  if (told === undefined) throw new Error('the feed does not know its own cursor')
  return { ...told, ids: told.sagas.map(({ sagaId }) => sagaId) }
}

t.test('of sagas that moved each is told once, as it stands', async (t) => {
  const [often, once, still] = [await saga(), await saga('retour'), await saga()]
  await write(pool, still, 0)
  const cursor = await feed.now()
  t.strictSame((await moved(cursor)).ids, [])
  await write(pool, once, 0)
  await write(pool, often, 0, 3)
  await pool.query(
    `update orchestrator.saga
     set seq = 2, status = 'parked', state = 'parked', step = 'lock', business_key = 'cart', updated_at = now(),
       trouble = '{"failing":{"code":"BROKEN"}}'
     where saga_id = $1`,
    [often],
  )
  const told = await moved(cursor)
  t.strictSame([told.ids, told.isWhole], [[once, often], true], 'the last to move is the last')
  t.match(told.sagas[1], {
    machine: 'commande',
    version: '1',
    businessKey: 'cart',
    status: 'parked',
    state: 'parked',
    step: 'lock',
    errorCode: 'BROKEN',
    seq: 2,
    createdAt: Date,
    updatedAt: Date,
  })
  t.strictSame((await moved(told.cursor)).ids, [])
})

t.test('sagas that moved between two cursors are told, whatever came later or ended later', async (t) => {
  const [before, between, late, after] = [await saga(), await saga(), await saga(), await saga()]
  const slow = await open()
  await write(slow, late, 0)
  const veryEarly = await feed.now()
  await write(pool, before, 0)
  const from = await feed.now()
  await write(pool, between, 0)
  const until = await feed.now()
  await write(pool, after, 0)
  await end(slow)
  const told = await moved(from, until)
  t.strictSame([told.ids, told.cursor], [[between], until])
  t.strictSame((await moved(veryEarly, until)).ids, [before, between])
  t.strictSame(new Set((await moved(until)).ids), new Set([after, late]))
  t.strictSame((await moved(until, from)).ids, [], 'nothing lies between when the other one is earlier')
})

t.test('of sagas that moved no more is told than can be looked at, and that it is not all', async (t) => {
  const busy = await saga()
  const cursor = await feed.now()
  await write(pool, busy, 0, 4_999)
  t.equal((await moved(cursor)).isWhole, true)
  await write(pool, busy, 4_999)
  const told = await moved(cursor)
  t.strictSame([told.ids, told.isWhole], [[], false], 'nobody reads thousands for nothing')
  t.strictSame((await moved(told.cursor)).ids, [], 'from there on, all is told again')
  t.equal(await feed.moved({ ...cursor, origin: '000000000000' }), undefined)
})
