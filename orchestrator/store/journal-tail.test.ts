import assert from 'node:assert/strict'
import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { openJournal } from '../../test/kit/journal-database.ts'

const journal = await openJournal(t)
const { pool } = journal
const { journals } = journal.reader

interface Made {
  readonly status?: string
  readonly version?: string
  readonly events?: readonly object[]
  readonly snapshot?: object
}

/** A saga with a row for each of these events. */
async function saga({
  status = 'running',
  version = '1',
  events = [{ type: 'E' }],
  snapshot = {},
}: Made = {}) {
  const sagaId = newSagaId()
  const wakeAt = status === 'done' ? null : '-infinity'
  await pool.query(
    `insert into orchestrator.saga
       (partition, saga_id, machine, version, input, status, state, seq, epoch, wake_at)
     values (7, $1, 'commande', $2, '{}', $3, 'doing', $4, 1, $5)`,
    [sagaId, version, status, events.length - 1, wakeAt],
  )
  for (const [seq, event] of events.entries()) {
    await pool.query(
      `insert into orchestrator.transition (partition, saga_id, seq, event, at, state, snapshot)
       values (7, $1, $2, $3, '2026-01-01T00:00:00.123Z', 'doing', $4)`,
      [sagaId, seq, JSON.stringify(event), JSON.stringify(snapshot)],
    )
  }
  return sagaId
}

t.test('tails begin where each was asked for, and say where their saga stands', async (t) => {
  const events = ['A', 'B', 'C', 'D'].map((type) => ({ type }))
  const [a, b] = [await saga({ events }), await saga({ status: 'done' })]
  const asked = [a, b, newSagaId()].map((sagaId, index) => ({ sagaId, fromSeq: index === 0 ? 1 : 0 }))
  const tails = await journals.after(asked, 2)
  t.strictSame(tails, [
    {
      sagaId: a,
      version: '1',
      status: 'running',
      seq: 3,
      rows: [1, 2].map((seq) => {
        const at = new Date('2026-01-01T00:00:00.123Z')
        return { seq, actor: null, event: events[seq], at, snapshot: {} }
      }),
    },
    {
      sagaId: b,
      version: '1',
      status: 'done',
      seq: 0,
      rows: [
        { seq: 0, actor: null, event: { type: 'E' }, at: new Date('2026-01-01T00:00:00.123Z'), snapshot: {} },
      ],
    },
  ])
  const [end] = await journals.after([{ sagaId: a, fromSeq: 4 }], 2)
  t.match(end, { sagaId: a, rows: [], seq: 3 })
  t.strictSame(await journals.after([{ sagaId: newSagaId(), fromSeq: 0 }], 2), [])
})

t.test('sagas are found by id or filter, with the version that they began with', async (t) => {
  const moved = await saga({
    version: '3',
    events: [
      { type: 'xstate.init' },
      { type: 'skald.migrate', from: '1', to: '2' },
      { type: 'skald.migrate', from: '2', to: '3' },
    ],
  })
  const last = await saga({ version: '2' })
  t.strictSame(await journals.byId(moved), { sagaId: moved, machine: 'commande', firstVersion: '1' })
  t.strictSame(await journals.byId(newSagaId()), undefined)
  const running = await journals.find({ status: 'running' }, 2)
  t.strictSame(
    running.map(({ sagaId, firstVersion }) => [sagaId, firstVersion]),
    [
      [last, '2'],
      [moved, '1'],
    ],
  )
  t.strictSame(await journals.find({ machine: 'nothing' }, 2), [])
})

t.test('what is too long to be watched is told by its length', async (t) => {
  const long = 'é'.repeat(3_000_000)
  const call = { src: 'call', snapshot: { status: 'active', input: long } }
  const part = { src: 'part', snapshot: { status: 'active', value: 'a', context: long } }
  const sagaId = await saga({
    events: [{ type: 'xstate.done.actor.call', actorId: 'call', output: long }],
    snapshot: {
      status: 'active',
      value: { doing: 'work' },
      context: { long },
      output: 'short',
      historyValue: {},
      children: { call, part },
    },
  })
  const [tail] = await journals.after([{ sagaId, fromSeq: 0 }], 10)
  assert(tail)
  t.match(tail.rows, [
    {
      event: { type: 'xstate.done.actor.call', actorId: 'call', output: undefined, left_out_bytes: Number },
      snapshot: {
        status: 'active',
        value: { doing: 'work' },
        context: { long: undefined, left_out_bytes: 6_000_011 },
        output: 'short',
        children: {
          call: { src: 'call', snapshot: { status: 'active', input: undefined } },
          part: { src: 'part', snapshot: { status: 'active', value: 'a', context: undefined } },
        },
      },
    },
  ])
  t.ok(JSON.stringify(tail).length < 2_000)
})

t.test('a null in a context is kept', async (t) => {
  const snapshot = {
    status: 'active',
    value: 'a',
    context: { parked: null, text: 'x'.repeat(65_000) },
    children: {},
  }
  const sagaId = await saga({ snapshot: { ...snapshot, timers: { long: 'x'.repeat(1_000) } } })
  const [tail] = await journals.after([{ sagaId, fromSeq: 0 }], 10)
  t.match(tail?.rows, [{ snapshot: { ...snapshot, timers: undefined } }])
})
