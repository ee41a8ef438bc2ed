import t from 'tap'
import { assign, emit, sendTo, setup } from 'xstate'
import type { Migrate } from '../../machines/migration.ts'
import { listening, surroundings } from '../../test/kit/operated-charts.ts'
import { OperatedSaga } from '../../test/kit/operated-saga.ts'
import { handEngine, HandStore, settled } from '../../test/simulation/hand-store.ts'

const by = { actor: 'ada', reason: 'why not' }
const toSecond = { type: 'skald.migrate', ...by, from: '1', to: '2' }

/** `listening`, whose first step has another name in the second version. */
const versionOf = (version: string, first: string) =>
  surroundings.createMachine({
    id: 'm',
    version,
    context: { n: 0 },
    initial: first,
    states: {
      [first]: {
        invoke: { id: 'a', src: 'a', input: { nr: 1 }, onDone: 'waiting', onError: 'failed' },
        on: { NOTE: { actions: emit({ type: `NOTED_${version}` }) } },
      },
      waiting: { on: { GO: 'done', BREAK: { guard: throwIt, target: 'done' } } },
      done: { type: 'final' },
      failed: { type: 'final' },
    },
  })

function throwIt(): never {
  throw new Error('it broke')
}

const rename: Migrate = (snapshot) => ({
  ...snapshot,
  value: snapshot.value === 'first' ? 'renamed' : snapshot.value,
})

async function moving(migrate = rename) {
  const store = new HandStore()
  const machines = [versionOf('1', 'first')]
  const old = handEngine({ store, machines, businessKey: 'key' })
  await old.engine.open()
  await old.engine.start({ machine: 'm', input: {}, idempotency: null })
  old.engine.stop()
  const both = [...machines, versionOf('2', 'renamed')]
  const bench = handEngine({ store, machines: both, businessKey: 'key', migrate })
  await bench.engine.open()
  await settled()
  const send = async (event: { readonly type: string; readonly [member: string]: unknown }) => {
    const id = store.post('s0', event)
    await bench.engine.poke()
    await settled()
    return store.outcomeOf(id)
  }
  return { ...bench, saga: store.saga('s0'), send }
}

t.test('a saga that is moved goes on in the other version, and calls again what was open', async (t) => {
  const { saga, steps, notes, send } = await moving()
  t.equal(await send(toSecond), 'applied')
  t.match(saga, { status: 'running', state: 'renamed', step: 'a', start: { version: '2' } })
  t.match(saga.journal.at(-1), { event: { ...toSecond }, state: 'renamed' })
  t.equal(notes.at(-1), 'resumed in renamed: event')
  t.same(
    steps.calls.map(({ signal, resumed }) => [signal.aborted, resumed]),
    [
      [true, true],
      [false, true],
    ],
  )
  steps.calls[0]?.answer({ n: 1 })
  await settled()
  t.equal(saga.state, 'renamed', 'nobody listens to the call of before')
  steps.last.answer({ n: 1 })
  await settled()
  t.equal(saga.state, 'waiting')
  t.equal(await send({ ...toSecond }), 'ignored', 'it runs on that version')
  t.equal(await send({ ...toSecond, from: '2', to: '9' }), 'ignored', 'which nobody has')
  t.equal(await send({ type: 'GO' }), 'applied')
})

t.test('what comes behind a move, in one breath with it, is for the new version', async (t) => {
  const { saga, store, engine } = await moving()
  const ids = [{ type: 'NOTE' }, toSecond, { type: 'NOTE' }].map((event) => store.post('s0', event))
  await engine.poke()
  await settled()
  await store.clock.pass(1_000)
  t.same(
    ids.map((id) => store.outcomeOf(id)),
    ['applied', 'applied', 'applied'],
  )
  t.same(
    saga.journal.flatMap(({ emitted }) => emitted.map(({ type }) => type)),
    ['NOTED_1', 'NOTED_2'],
  )
})

t.test('a move while a commit is under way drops what that commit would have let go', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { saga, steps, store, engine } = await moving((snapshot) => ({
    ...snapshot,
    value: 'renamed',
    children: snapshot.children,
  }))
  store.until = promise
  store.post('s0', { type: 'NOTE' })
  void engine.poke()
  await settled()
  store.post('s0', toSecond)
  const poked = engine.poke()
  await settled()
  t.equal(saga.journal.length, 1)
  resolve()
  await poked
  await settled()
  t.match(
    saga.journal.map(({ event }) => event.type),
    ['xstate.init', 'NOTE', 'skald.migrate'],
  )
  t.equal(steps.calls.length, 2)
  t.equal(saga.start.version, '2')
})

t.test('what was answered with a move is not heard once more on the other version', async (t) => {
  const { saga, store, engine, notes } = await moving()
  const [commit, read] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const inbox = store.inbox.bind(store)
  let reads = 0
  store.inbox = async (...asked) => {
    const page = await inbox(...asked)
    if (++reads === 2) await read.promise
    return page
  }
  store.until = commit.promise
  const ids = [{ type: 'NOTE' }, toSecond].map((event) => store.post('s0', event))
  const first = engine.poke()
  await settled()
  // It begins before the answers, and comes when the saga is back.
  const late = engine.poke()
  await settled()
  commit.resolve()
  await first
  await settled()
  t.equal(saga.start.version, '2')
  read.resolve()
  await late
  await store.clock.pass(1_000)
  t.same(
    saga.journal.map(({ event }) => event.type),
    ['xstate.init', 'NOTE', 'skald.migrate'],
  )
  t.same(
    ids.map((id) => store.outcomeOf(id)),
    ['applied', 'applied'],
  )
  t.notOk(notes.some((note) => note.startsWith('trouble')))
})

t.test('a move that can not be written leaves the saga on its version, and parks it', async (t) => {
  const { saga, store, send } = await moving()
  store.instead.push({ kind: 'refused', message: 'no such text' })
  t.equal(await send(toSecond), 'ignored')
  t.match(saga, {
    status: 'parked',
    state: 'first',
    step: 'a',
    start: { version: '1' },
    problem: { code: 'WRITE_REFUSED' },
  })
  t.equal(saga.journal.length, 1)
  t.equal(await send({ ...toSecond }), 'applied', 'and can be tried again')
  t.match(saga, { state: 'renamed', start: { version: '2' }, problem: null })
})

t.test('a saga that was moved is asked for until the store answers', async (t) => {
  const { saga, store, notes, steps } = await moving()
  const byIds = store.byIds.bind(store)
  let failures = 0
  store.byIds = async (...asked) => {
    if (saga.start.version === '2' && failures++ < 2) throw new Error('the store is away')
    return await byIds(...asked)
  }
  store.post('s0', toSecond)
  await store.clock.pass(500)
  t.match(notes.at(-1), /store: Error: the store is away/)
  await store.clock.pass(1_500)
  t.match(steps.last, { resumed: true })
  t.equal(steps.last.signal.aborted, false)
  t.equal(notes.at(-1), 'resumed in renamed: event')
})

t.test('a migration that throws, or refuses, leaves the saga at work', async (t) => {
  for (const migrate of [throwIt, () => undefined]) {
    const { saga, send, steps } = await moving(migrate)
    t.equal(await send(toSecond), 'ignored')
    t.match(saga, { state: 'first', start: { version: '1' } })
    t.equal(steps.last.signal.aborted, false)
  }
})

const noteVersion: Migrate = (snapshot, { to }) => ({ ...snapshot, context: { of: to } })

t.test('what a machine within did before a move stands in the version in which it did it', async (t) => {
  const inner = surroundings.createMachine({
    id: 'inner',
    version: '1',
    context: { n: 0 },
    on: { STEP: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
  })
  const outer = (version: string) =>
    setup({ actors: { inner } }).createMachine({
      id: 'm',
      version,
      context: { of: version },
      invoke: { id: 'inner', src: 'inner', onDone: {}, onError: {} },
      on: { STEP: { actions: sendTo('inner', { type: 'STEP' }) } },
    })
  const store = new HandStore()
  const old = handEngine({ store, machines: [outer('1')], businessKey: 'key' })
  await old.engine.open()
  await old.engine.start({ machine: 'm', input: {}, idempotency: null })
  old.engine.stop()
  const { engine } = handEngine({
    store,
    machines: [outer('1'), outer('2')],
    businessKey: 'key',
    migrate: noteVersion,
  })
  await engine.open()
  store.post('s0', { type: 'STEP' })
  store.post('s0', toSecond)
  await engine.poke()
  await settled()
  const told = store.saga('s0').journal.map(({ actor, event, snapshot }) => {
    const { context, children } = JSON.parse(snapshot) as {
      context: object
      children: { inner: { snapshot: { context: object } } }
    }
    return { actor, type: event.type, context, inner: children.inner.snapshot.context }
  })
  t.match(told.slice(-3), [
    { actor: null, type: 'STEP', context: { of: '1' } },
    { actor: 'inner', type: 'STEP', context: { of: '1' }, inner: { n: 1 } },
    { actor: null, type: 'skald.migrate', context: { of: '2' }, inner: { n: 1 } },
  ])
})

t.test(
  'a verb while a commit is under way is in the next one, and two at once are one behind the other',
  async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const saga = await new OperatedSaga(listening).begin()
    const { store, bench } = saga
    store.until = promise
    bench.steps.last.answer({ n: 1 })
    await settled()
    const ids = ['skald.cancel', 'skald.compensate', 'skald.abandon'].map((type) =>
      store.post('s0', { type, ...by }),
    )
    const poked = bench.engine.poke()
    await settled()
    const before = store.writes
    resolve()
    await poked
    t.same(
      ids.map((id) => store.outcomeOf(id)),
      ['applied', 'ignored', 'applied'],
    )
    t.equal(store.writes, before + 1)
    t.same(bench.steps.calls.length, 1, 'neither the next step nor a compensation was called')
    t.same(saga.open, ['a'])
    t.equal(saga.difference, undefined)
  },
)

t.test('an event that comes behind an end is for nobody', async (t) => {
  const saga = await new OperatedSaga(listening).begin()
  const ids = ['skald.abandon', 'skald.abandon', 'CANCEL'].map((type) =>
    saga.store.post('s0', { type, ...by }),
  )
  await saga.bench.engine.poke()
  await saga.store.clock.pass(1_000)
  t.same(
    ids.map((id) => saga.store.outcomeOf(id)),
    ['applied', 'ignored', 'ignored'],
  )
  t.same(saga.open, [])
})

t.test('a verb behind a problem is for the next load, and so is what was sent behind it', async (t) => {
  const { saga, store, engine, steps } = await moving()
  steps.last.answer({ n: 1 })
  await settled()
  const ids = [{ type: 'BREAK' }, { type: 'skald.retry', ...by }, { type: 'GO' }].map((event) =>
    store.post('s0', event),
  )
  await engine.poke()
  await settled()
  t.same(
    ids.map((id) => store.outcomeOf(id)),
    ['ignored', null, null],
  )
  t.match(saga, { status: 'parked', problem: { code: 'MACHINE_FAILED' } })
  await store.clock.pass(1_000)
  t.same(
    ids.map((id) => store.outcomeOf(id)),
    ['ignored', 'applied', 'applied'],
  )
  t.match(saga, { status: 'done', problem: null })
  t.match(saga.journal.slice(-2), [
    { event: { type: 'skald.retry', problem: { code: 'MACHINE_FAILED' } } },
    { event: { type: 'GO' } },
  ])
})

t.test('a retry that fails again is answered once, and does not come again', async (t) => {
  const bad = surroundings.createMachine({
    id: 'm',
    version: '1',
    context: { n: 0 },
    initial: 'doing',
    states: {
      doing: {
        invoke: {
          id: 'a',
          src: 'a',
          input: { nr: 1 },
          onDone: { guard: throwIt, target: 'done' },
          onError: 'done',
        },
      },
      done: { type: 'final' },
    },
  })
  const saga = await new OperatedSaga(bad).begin()
  await saga.answer()
  t.match(saga.saga, { status: 'parked', problem: { code: 'MACHINE_FAILED' } })
  const told = saga.saga.notices.size
  t.equal(await saga.act('retry'), 'applied: doing')
  await saga.answer()
  t.match(saga.saga, { status: 'parked', problem: { code: 'MACHINE_FAILED' } })
  t.equal(saga.saga.notices.size, told + 1, 'who retried it is told that it failed again')
  await saga.store.clock.pass(10_000)
  t.equal(saga.saga.journal.filter(({ event }) => event.type === 'skald.retry').length, 1)
  t.equal(saga.called.length, 2)
  const next = await new OperatedSaga(bad, saga.store).begin()
  await next.answer()
  t.equal(saga.saga.notices.size, told + 1, 'and nobody, of what is only loaded and fails again')
  t.equal(saga.difference, undefined)
})

t.test('a verb that leads nowhere does not use up what the saga was parked for', async (t) => {
  const { saga, store, engine, steps, send } = await moving()
  steps.last.answer({ n: 1 })
  await settled()
  t.equal(await send({ type: 'BREAK' }), 'ignored')
  const ids = ['skald.skip', 'skald.retry', 'skald.retry'].map((type) =>
    store.post('s0', { type, ...by, step: 'a' }),
  )
  await engine.poke()
  await settled()
  t.same(
    ids.map((id) => store.outcomeOf(id)),
    ['ignored', 'applied', 'ignored'],
  )
  t.equal(saga.problem, null)
})

t.test('an abandoned saga has no call open, and is told to have ended', async (t) => {
  const saga = await new OperatedSaga(listening).begin()
  const departure = saga.bench.engine.exited('s0')
  t.equal(await saga.act('abandon'), 'applied: doing.a')
  t.same(saga.open, [])
  t.match(await departure, { exit: 'ended', status: 'failed', output: { undone: false } })
  t.equal(saga.bench.notes.at(-1), 'ended failed')
})
