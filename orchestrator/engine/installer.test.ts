import t from 'tap'
import canonicalize from 'canonicalize'
import type { Migrate } from '../../machines/migration.ts'
import { listening, surroundings } from '../../test/kit/operated-charts.ts'
import { handEngine, HandStore, settled } from '../../test/simulation/hand-store.ts'
import type { Trouble } from './ports.ts'
import { abandoned } from './verbs/abandon.ts'

const by = { actor: 'ada', reason: 'nobody has that code' }
const migrate = { type: 'skald.migrate', ...by, from: '1', to: '2' }

const second = surroundings.createMachine({
  id: 'm',
  version: '2',
  context: { n: 0 },
  initial: 'doing',
  states: {
    doing: {
      initial: 'a',
      states: {
        a: { invoke: { id: 'a', src: 'a', input: { nr: 1 }, onDone: '#m.done', onError: '#m.done' } },
      },
    },
    done: { type: 'final' },
  },
})

type Sent = { readonly type: string } & Readonly<Record<string, unknown>>

/** A saga of version 1, and an orchestrator that has only version 2. */
async function kept(way?: Migrate, spoil?: (snapshot: string) => string, trouble: Trouble | null = null) {
  const store = new HandStore()
  const old = handEngine({ store, machines: [listening], businessKey: 'key' })
  await old.engine.open()
  await old.engine.start({ machine: 'm', input: {}, idempotency: null })
  old.engine.stop()
  const saga = store.saga('s0')
  const last = saga.journal.at(-1)
  if (spoil !== undefined && last !== undefined) Object.assign(last, { snapshot: spoil(last.snapshot) })
  Object.assign(saga, { trouble })
  const machines = spoil === undefined ? [second] : [listening, second]
  const bench = handEngine({ store, machines, businessKey: 'key', ...(way && { migrate: way }) })
  await bench.engine.open()
  await settled()
  const send = async (...events: readonly Sent[]) => {
    const ids = events.map((event) => store.post('s0', event))
    await bench.engine.poke()
    await store.clock.pass(1_000)
    return ids.map((id) => store.outcomeOf(id))
  }
  return { ...bench, saga, send }
}

const same: Migrate = (snapshot) => snapshot

t.test('a saga whose version nobody has is parked, and told of once', async (t) => {
  const { saga, notes, engine, steps } = await kept()
  t.match(saga, {
    status: 'parked',
    state: 'doing.a',
    problem: { code: 'MACHINE_UNKNOWN', message: /no version 1 here/ },
    wakeAt: 'in_flight',
  })
  t.match(notes.slice(-2), [/trouble: machine m has no version 1/, 'parked in doing.a: MACHINE_UNKNOWN'])
  t.match([...saga.notices.values()], [{ kind: 'parked', payload: { error: { code: 'MACHINE_UNKNOWN' } } }])
  t.equal(engine.inFlight, 0)
  t.equal(steps.calls.length, 0)
})

t.test('the verbs that need its machine are answered, and it stays where it is', async (t) => {
  const { saga, send } = await kept()
  const types = ['skald.retry', 'skald.skip', 'skald.cancel', 'CANCEL']
  t.same(await send(...types.map((type) => ({ type, ...by }))), ['ignored', 'ignored', 'ignored', 'ignored'])
  t.match(saga, { status: 'parked', problem: { code: 'MACHINE_UNKNOWN' } })
  t.equal(saga.journal.length, 1)
  t.equal(saga.notices.size, 1, 'nothing new is to tell')
})

t.test('it is given up without its machine, as one in memory would be', async (t) => {
  const { saga, send, notes } = await kept()
  const before = JSON.parse(saga.journal.at(-1)?.snapshot ?? '') as object
  const event = { type: 'skald.abandon', ...by } as const
  t.same(await send({ type: 'skald.retry', ...by }, event, { type: 'CANCEL' }), [
    'ignored',
    'applied',
    'ignored',
  ])
  t.match(saga, { status: 'failed', state: 'doing.a', step: null, wakeAt: 'ended', problem: null })
  t.match(saga.trouble, { cause: { code: 'ABANDONED' } })
  t.match(saga.journal.at(-1), {
    seq: 1,
    event: { ...event, problem: { code: 'MACHINE_UNKNOWN' } },
    emitted: [{ type: 'ABANDONED', ...by }],
  })
  const stored: unknown = JSON.parse(saga.journal.at(-1)?.snapshot ?? '')
  t.equal(canonicalize(stored), canonicalize(JSON.parse(JSON.stringify(abandoned(before, event)))))
  t.match([...saga.notices.values()].at(-1), { kind: 'failed', seq: 1 })
  t.same(notes.slice(-2), ['1 doing.a', 'ended failed'])
})

t.test('it is moved to a version that is here, and goes on there', async (t) => {
  const { saga, send, steps } = await kept(same)
  t.same(await send(migrate), ['applied'])
  t.match(saga, { status: 'running', state: 'doing.a', step: 'a', start: { version: '2' }, problem: null })
  t.match(steps.last, { resumed: true, step: 'a' })
  steps.last.answer({ n: 1 })
  await settled()
  t.equal(saga.status, 'done')
})

t.test('a move that names another version than its own, or leads nowhere, is refused', async (t) => {
  const { saga, send } = await kept(same)
  t.same(await send({ ...migrate, from: '0' }, { ...migrate, to: '3' }), ['ignored', 'ignored'])
  t.match(saga, { status: 'parked', start: { version: '1' } })
})

t.test('one whose snapshot does not fit is parked, and is given up all the same', async (t) => {
  for (const spoiled of ['{"status":"active"}', 'null']) {
    const { saga, send } = await kept(undefined, () => spoiled)
    t.match(saga, { status: 'parked', problem: { code: 'SNAPSHOT_DOES_NOT_FIT' } })
    t.same(await send({ type: 'skald.retry', ...by }), ['ignored'])
    t.same(await send({ type: 'skald.abandon', ...by }), ['applied'])
    t.match(saga, { status: 'failed', state: '', wakeAt: 'ended' })
    t.match(JSON.parse(saga.journal.at(-1)?.snapshot ?? ''), { status: 'done', output: { undone: false } })
  }
})

t.test('one that can not even be looked at is parked with what it was about', async (t) => {
  const failing = {
    name: 'N',
    message: 'no',
    code: 'TIMEOUT',
    step: 'a',
    inDoubt: true,
    invoke: 'a',
    tries: 1,
  }
  const { saga } = await kept(
    undefined,
    (snapshot) => snapshot.replace('"historyValue":{}', '"historyValue":{"m":[null]}'),
    { cause: null, failing },
  )
  t.match(saga, { status: 'parked', step: 'a', problem: { message: /can not be read: TypeError/ } })
})

t.test('one whose version another orchestrator has is left to that one', async (t) => {
  const store = new HandStore()
  const old = handEngine({ store, machines: [listening], businessKey: 'key' })
  await old.engine.open()
  await old.engine.start({ machine: 'm', input: {}, idempotency: null })
  old.engine.stop()
  const other = { id: 'other', name: 'other', machines: ['m@1'] }
  await store.join(other, { leaseMs: 60_000, takeOverName: false })
  const { engine } = handEngine({ store, machines: [second], businessKey: 'key' })
  await engine.open()
  const id = store.post('s0', { type: 'skald.abandon', ...by })
  await engine.poke()
  await settled()
  t.equal(store.outcomeOf(id), null)
  t.equal(store.saga('s0').problem, null)
})

t.test('what it could not commit is left to the next who looks at it', async (t) => {
  const { saga, store, send } = await kept()
  store.instead.push({ kind: 'lost' })
  t.same(await send({ type: 'skald.abandon', ...by }), ['applied'], 'by a later pass')
  t.equal(saga.journal.length, 2)
})
