import t from 'tap'
import type { Chart } from '../../../chart/chart.ts'
import type { Call } from '../../../story/story.ts'
import { planOf, type PlanOptions } from './plan.ts'

const call = (step: string, change: Partial<Call> = {}): Call => ({
  invoke: step,
  state: `doing.${step}`,
  step,
  participant: step === 'create' ? 'produits' : null,
  isCompensation: false,
  tryNumber: 1,
  fromSeq: 0,
  toSeq: 1,
  from: 0,
  to: 1,
  outcome: 'done',
  failure: null,
  deed: null,
  ...change,
})
const undo = (step: string, change: Partial<Call> = {}) =>
  call(step, { invoke: `undo-${step}`, isCompensation: true, ...change })
const failed = (inDoubt: boolean) =>
  ({ outcome: 'failed', failure: { code: 'X', message: 'No.', step: '', status: null, inDoubt } }) as const

const state = (id: string, compensates?: string): Chart['states'][number] => ({
  id,
  key: id.split('.').at(-1) ?? '',
  parent: id.includes('.') ? id.slice(0, id.indexOf('.')) : null,
  type: id.includes('.') ? 'atomic' : 'compound',
  initial: null,
  tags: [],
  calls:
    compensates === undefined
      ? []
      : [
          {
            id: `undo-${compensates}`,
            src: 'x',
            step: compensates,
            participant: `${compensates}s`,
            isCompensation: true,
          },
        ],
})
const chart = {
  machine: 'm',
  version: '1',
  hash: null,
  edges: [],
  states: [state('undoing'), state('undoing.lock', 'lock'), state('undoing.reserve', 'reserve')],
} as unknown as Chart

const plan = (options: Partial<PlanOptions> & { calls: readonly Call[] }) =>
  planOf({
    verb: 'compensate',
    saga: { parked: null },
    story: { calls: options.calls },
    chart,
    step: '',
    trial: null,
    ...options,
  })

t.test('what was begun is undone in reverse, and what has no compensation stays', async (t) => {
  const { undone, stays } = plan({ calls: [call('lock'), call('reserve'), call('create')] })
  t.same(undone, ['reserve (reserves)', 'lock (locks)'])
  t.same(stays, ['create (produits)'])
})

t.test('a step that surely did not happen is not undone, one in doubt or under way is', async (t) => {
  const undone = (last: Call) => plan({ calls: [call('lock'), last] }).undone
  t.same(undone(call('reserve', failed(false))), ['lock (locks)'])
  t.same(undone(call('reserve', failed(true))), ['reserve (reserves)', 'lock (locks)'])
  t.same(undone(call('reserve', { outcome: 'open', to: null })), ['reserve (reserves)', 'lock (locks)'])
})

t.test('a try in doubt is not forgotten for one that surely did not happen', async (t) => {
  const calls = [call('lock'), call('reserve', failed(true)), call('reserve', failed(false))]
  t.same(plan({ calls }).undone, ['reserve (reserves)', 'lock (locks)'])
})

t.test('what was undone, or ended by hand, is not undone again', async (t) => {
  const calls = [call('lock'), call('reserve'), undo('reserve')]
  t.same(plan({ calls }).undone, ['lock (locks)'])
  t.same(plan({ calls: [...calls, undo('lock', { outcome: 'by hand' })] }).undone, [])
})

t.test('who abandons is told of all that stays', async (t) => {
  const { undone, stays, happens } = plan({ verb: 'abandon', calls: [call('lock'), call('reserve')] })
  t.same([undone, stays.length], [[], 2])
  t.match(happens.at(-1), /ends failed where it stands/)
})

t.test(
  'a retry on the way back goes on to undo the rest, one on the way forward undoes nothing',
  async (t) => {
    const calls = [call('lock'), call('reserve'), undo('reserve', failed(true))]
    t.same(plan({ verb: 'retry', calls }).undone, ['reserve (reserves)', 'lock (locks)'])
    t.same(plan({ verb: 'skip', step: 'reserve', calls }).undone, ['lock (locks)'])
    t.same(plan({ verb: 'retry', calls: calls.slice(0, 2) }).undone, [])
  },
)

t.test('a dry run tells where it would go, and who is called there', async (t) => {
  const trial = { possible: true, why: null, state: 'undoing.reserve' }
  const { happens } = plan({ calls: [call('lock')], trial })
  t.equal(happens.at(-1), 'It goes to undoing.reserve, and calls reserves to undo reserve.')
  const without = plan({ calls: [], trial, chart: null })
  t.equal(without.happens.at(-1), 'It goes to undoing.reserve.')
})
