import t from 'tap'
import { setup } from 'xstate'
import { handEngine, HandStore, LEASE_MS, settled } from '../../test/simulation/hand-store.ts'
import { StateTimes } from './state-times.ts'

const saga = { sagaId: 's', machine: 'm', version: '1', trace: null }

function times(stood: { state: string; movedAt: number }) {
  const told: [string, number][] = []
  const observer = { left: (_saga: unknown, state: string, ms: number) => void told.push([state, ms]) }
  return { told, times: new StateTimes(saga, observer, stood) }
}

t.test('a state is told when it is left, with the time since it was entered', async (t) => {
  const { told, times: started } = times({ state: '', movedAt: 0 })
  started.committed({ state: 'a', at: 1_000 })
  t.same(told, [], 'before its first state it was in none')
  started.committed({ state: 'a', at: 1_200 })
  started.committed({ state: 'b', at: 1_500 })
  started.committed({ state: 'a', at: 1_501 })
  t.same(told, [
    ['a', 500],
    ['b', 1],
  ])
})

t.test('a saga that was resumed has been where it stands since its last transition', async (t) => {
  const { told, times: resumed } = times({ state: 'a', movedAt: 1_000 })
  resumed.committed({ state: 'b', at: 4_000 })
  t.same(told, [['a', 3_000]])
})

t.test('by the clock of another owner nothing takes less than no time', async (t) => {
  const { told, times: resumed } = times({ state: 'a', movedAt: 1_000 })
  resumed.committed({ state: 'b', at: 999 })
  t.same(told, [['a', 0]])
})

const HOUR = 3_600_000

const patient = setup({}).createMachine({
  id: 'm',
  version: '1',
  initial: 'asked',
  states: {
    asked: { on: { GO: 'waiting' } },
    waiting: { after: { [HOUR]: 'done' } },
    done: { type: 'final' },
  },
})

/** One saga, and what observers hear of the times of it and of its writes that were kept out. */
async function observed(store = new HandStore()) {
  const heard: string[] = []
  const { engine } = handEngine({
    store,
    machines: [patient],
    businessKey: 'nr',
    observer: {
      left: ({ sagaId }, state, ms) => heard.push(`${sagaId} left ${state} after ${ms}`),
      timerFired: ({ sagaId }, lateMs) => heard.push(`${sagaId} woke ${lateMs} late`),
      fenced: ({ sagaId }) => heard.push(`${sagaId} was fenced`),
    },
  })
  await engine.open()
  return { engine, store, heard }
}

const order = { machine: 'm', input: {}, idempotency: null }

t.test('observers hear how long a saga was where, also from an owner that did not see it come', async (t) => {
  const { engine, store, heard } = await observed()
  await engine.start(order)
  await store.clock.pass(700)
  store.post('s0', { type: 'GO' })
  await engine.poke()
  t.match(heard, [/^s0 left asked after 7\d\d$/])
  engine.stop()
  await store.clock.pass(LEASE_MS)
  const next = await observed(store)
  await store.clock.pass(HOUR)
  await settled()
  t.same(next.heard, [`s0 left waiting after ${HOUR}`, 's0 woke 0 late'])
  next.engine.stop()
})

t.test('a timer that came due while nobody had the saga fires as late as that', async (t) => {
  const { engine, store } = await observed()
  await engine.start(order)
  store.post('s0', { type: 'GO' })
  await engine.poke()
  engine.stop()
  await store.clock.pass(HOUR + 60_000)
  const next = await observed(store)
  await store.clock.pass(2_000)
  await settled()
  const [, late = 'never'] = /s0 woke (\d+) late/.exec(next.heard.join()) ?? []
  t.ok(Number(late) >= 60_000 && Number(late) < 65_000, late)
  next.engine.stop()
})

t.test('a write that another owner’s fence kept out is heard of, and leaves no state', async (t) => {
  const { engine, store, heard } = await observed()
  await engine.start(order)
  store.instead.push({ kind: 'lost' })
  store.post('s0', { type: 'GO' })
  await engine.poke()
  await settled()
  t.same(heard, ['s0 was fenced'])
  engine.stop()
})
