import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { openJournal } from '../../test/kit/journal-database.ts'

const { pool, reader } = await openJournal(t)

interface Journal {
  readonly machine?: string
  readonly version?: string
  readonly status?: string
  readonly firstSeq?: number
}

/** Seconds ago, the state that it led to, and what happened; oldest first. */
type Line = readonly [secondsAgo: number, state: string, event?: string]

async function saga(lines: readonly Line[], journal: Journal = {}): Promise<void> {
  const { machine = 'commande', version = '1', status = 'running', firstSeq = 0 } = journal
  const sagaId = newSagaId()
  await pool.query(
    `insert into orchestrator.saga (partition, saga_id, machine, version, input, status, state, seq, epoch, wake_at)
     values (7, $1, $2, $3, '{}', $4, $5, $6, 1, case when $4 in ('done', 'failed') then null else '-infinity'::timestamptz end)`,
    [sagaId, machine, version, status, lines.at(-1)?.[1], firstSeq + lines.length - 1],
  )
  for (const [index, [secondsAgo, state, event = 'xstate.done.actor.step']] of lines.entries())
    await pool.query(
      `insert into orchestrator.transition (partition, saga_id, seq, event, at, state, snapshot)
       values (7, $1, $2, $3, now() - $4::integer * interval '1 second', $5, '{}')`,
      [sagaId, firstSeq + index, JSON.stringify({ type: event }), secondsAgo, state],
    )
}

const FAILED = 'xstate.error.actor.step'

async function statsOf(machine: string, version = '1') {
  const { states } = await reader.stateStats()
  const own = states.filter((stat) => stat.machine === machine && stat.version === version)
  return own.map(({ state, transitions, entered, errors, p95Ms }) => {
    const seconds = p95Ms === null ? null : Math.round(p95Ms / 1_000)
    return [state, transitions, entered, errors, seconds]
  })
}

t.test('without a saga there is nothing to tell, since an hour ago', async (t) => {
  const { since, isWhole, states } = await reader.stateStats()
  t.strictSame([states, isWhole], [[], true])
  t.ok(Math.abs(Date.now() - 3_600_000 - since.getTime()) < 60_000)
})

t.test('a state is entered once, however many rows leave the saga there', async (t) => {
  await saga(
    [
      [100, 'doing.lock'],
      [90, 'doing.lock'],
      [80, 'doing.lock'],
      [60, 'doing.pay'],
      [50, 'doing.lock'],
      [45, 'done'],
    ],
    { machine: 'once', status: 'done' },
  )
  t.strictSame(await statsOf('once'), [
    ['DONE', 1, 1, 0, null],
    ['doing.lock', 4, 2, 0, 38],
    ['doing.pay', 1, 1, 0, 10],
  ])
})

t.test('a failed step counts where it failed, not where it led', async (t) => {
  await saga(
    [
      [100, 'doing.lock'],
      [90, 'parked', FAILED],
      [70, 'doing.lock', 'RETRY'],
      [60, 'doing.lock', FAILED],
      [50, 'failed', FAILED],
    ],
    { machine: 'fails', status: 'failed' },
  )
  t.strictSame(await statsOf('fails'), [
    ['FAILED', 1, 1, 0, null],
    ['doing.lock', 3, 2, 3, 20],
    ['parked', 1, 1, 0, 20],
  ])
})

t.test('what was before the last hour does not count, but for how long a stay took', async (t) => {
  await saga(
    [
      [9_000, 'doing.lock'],
      [8_000, 'parked', FAILED],
      [7_000, 'parked', 'NOTE'],
      [3_000, 'parked', 'NOTE'],
      [1_000, 'doing.lock', 'RETRY'],
    ],
    { machine: 'long' },
  )
  t.strictSame(await statsOf('long'), [
    ['doing.lock', 1, 1, 0, null],
    ['parked', 1, 0, 0, 7_000],
  ])
})

t.test('of a saga whose beginning is nowhere to be found, nobody knows when it came there', async (t) => {
  await saga(
    [
      [100, 'parked'],
      [50, 'doing.lock'],
    ],
    { machine: 'cut', firstSeq: 400 },
  )
  t.strictSame(await statsOf('cut'), [
    ['doing.lock', 1, 1, 0, null],
    ['parked', 1, 0, 0, null],
  ])
})

t.test('versions are told apart, and ninety-five stays in a hundred are no longer', async (t) => {
  for (let length = 1; length <= 21; length += 1)
    await saga(
      [
        [length, 'doing.lock'],
        [0, 'doing.pay'],
      ],
      { machine: 'many', version: '2' },
    )
  await saga(
    [
      [1_000, 'doing.lock'],
      [0, 'doing.pay'],
    ],
    { machine: 'many' },
  )
  t.match(await statsOf('many', '2'), [
    ['doing.lock', 21, 21, 0, 20],
    ['doing.pay', 21],
  ])
  t.match(await statsOf('many'), [
    ['doing.lock', 1, 1, 0, 1_000],
    ['doing.pay', 1],
  ])
})

t.test('of more than can be read the newest are told, and since when', async (t) => {
  await saga(
    [
      [3_500, 'early'],
      [3_400, 'early'],
    ],
    { machine: 'early' },
  )
  await pool.query(
    `with crowd as (
       insert into orchestrator.saga (partition, saga_id, machine, version, input, status, state, seq, epoch, wake_at)
       select 8, gen_random_uuid(), 'crowd', '1', '{}', 'running', 'doing', 9, 1, '-infinity'
       from generate_series(1, 5000) returning saga_id
     )
     insert into orchestrator.transition (partition, saga_id, seq, event, at, state, snapshot)
     select 8, saga_id, seq, '{"type":"E"}', now() - interval '10 minutes' + seq * interval '1 second', 'doing', '{}'
     from crowd, generate_series(0, 9) seq`,
  )
  const { since, isWhole } = await reader.stateStats()
  t.equal(isWhole, false)
  t.ok(Date.now() - since.getTime() < 700_000)
  t.strictSame(await statsOf('early'), [])
  t.strictSame(await statsOf('crowd'), [['doing', 50_000, 5_000, 0, null]])
})
