// Which edges a saga took: told from its chart and its lines, and by the machine itself.
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { setup, type AnyStateMachine } from 'xstate'
import { definitionOf } from '../../machines/lock.ts'
import { machines as registered } from '../../machines/registry.ts'
import { forward, listening, sides, silent } from '../../test/kit/operated-charts.ts'
import { keptJournals } from '../../test/kit/kept-journals.ts'
import { lifeOf } from '../../test/kit/lives.ts'
import { replayMachinesOf } from '../../test/kit/told-by.ts'
import { shapeScenarios } from '../../test/simulation/shape-scenarios.ts'
import { simulate } from '../../test/simulation/simulation.ts'
import { chartOf } from '../chart/chart-of.ts'
import { ReplayMachines } from '../engine/replay/machines.ts'
import { replay } from '../engine/replay/replay.ts'
import { journalOf } from '../saga-file/saga-file.ts'
import { journalLines } from './journal-lines.ts'
import { storyOf } from './story.ts'

const known = new ReplayMachines(registered)
const drawn = (machine: AnyStateMachine) => chartOf(definitionOf(machine))
const charts = registered.map(({ machine }) => drawn(machine))

t.test('the edges of every kept journal are those that its machine takes', async (t) => {
  for (const { name, file } of keptJournals()) {
    const { saga, transitions } = file
    const { moments } = storyOf(journalLines(transitions, saga.version), charts)
    const told = [...replay({ saga, rows: journalOf(file) }, { machines: known })]
    t.same(
      moments.map(({ edges }) => edges),
      told.map(({ edges }) => edges),
      `${saga.version} ${name}`,
    )
    t.ok(
      moments.every(({ isExact }) => isExact),
      `${saga.version} ${name} leaves no choice`,
    )
  }
})

t.test('the edges of machines of every shape are those that they take', async (t) => {
  for (const scenario of shapeScenarios) {
    const { saga } = await simulate(scenario)
    const { machine } = scenario.machine
    const rows = (saga?.journal ?? []).map((row) => ({
      ...row,
      snapshot: JSON.parse(row.snapshot) as unknown,
    }))
    const journal = { saga: { saga_id: saga?.sagaId ?? '', machine: machine.id, version: '1' }, rows }
    const told = [...replay(journal, { machines: replayMachinesOf(machine) })]
    const { moments } = storyOf(journalLines(rows, '1'), [drawn(machine)])
    t.ok(moments.length > 1)
    const wrong = moments.filter(
      ({ edges, isExact }, n) => isExact && !isDeepStrictEqual(edges, told[n]?.edges),
    )
    t.same(wrong, [], scenario.name)
    const open = moments.filter(({ isExact }) => !isExact).map(({ seq, edges }) => [seq, edges])
    // By a choice of its guards it is sorted there: with `late` between, or without.
    const choices = machine.id === 'timers' ? [[moments.length - 1, moments.at(-1)?.edges]] : []
    t.same(open, choices, `${scenario.name}, where its chart leaves a choice`)
    const exact = Object.fromEntries(told.map(({ row, edges }) => [row.seq, edges]))
    const overridden = storyOf(journalLines(rows, '1'), [drawn(machine)], exact)
    t.same(
      overridden.moments.map(({ edges, isExact }) => [edges, isExact]),
      told.map(({ edges }) => [edges, true]),
      `${scenario.name}, as the machine itself tells it`,
    )
  }
})

t.test('the edges of a thousand lives of a commande are those that its machine takes', async (t) => {
  for (const { machine } of registered) {
    const chart = drawn(machine)
    const { version = '' } = machine
    const taken = new Set<string>()
    for (let seed = 0; seed < 500; seed++) {
      const { rows, edges } = lifeOf(machine, seed)
      const { moments } = storyOf(journalLines(rows, version), [chart])
      for (const id of edges.flat()) taken.add(id)
      const wrong = moments.filter(
        (moment, n) => !moment.isExact || moment.edges.join(' ') !== edges[n]?.join(' '),
      )
      if (wrong.length > 0) t.same(wrong[0], edges[wrong[0]?.seq ?? 0], `seed ${seed} of version ${version}`)
    }
    t.same(
      chart.edges.filter(({ id }) => !taken.has(id)).map(({ id }) => id),
      [],
      `every edge of version ${version} was taken by some`,
    )
  }
})

/** Regions that hear one event, of which one leaves what is around both; guards; and what follows by itself. */
const rivals = setup({
  guards: {
    isOne: ({ event }) => (event as { n?: number }).n === 1,
    isTwo: ({ event }) => (event as { n?: number }).n === 2,
  },
}).createMachine({
  id: 'm',
  version: '1',
  initial: 'both',
  states: {
    both: {
      type: 'parallel',
      on: { GO: 'out', STOP: { guard: 'isOne', target: '.left.two' } },
      states: {
        left: {
          initial: 'one',
          states: {
            one: {
              on: {
                GO: [
                  { guard: 'isOne', target: 'two' },
                  { guard: 'isTwo', target: '#m.out' },
                ],
                STOP: 'two',
              },
            },
            two: { on: { GO: 'one' }, always: { guard: 'isTwo', target: 'one' } },
          },
        },
        right: {
          initial: 'one',
          states: {
            one: { on: { GO: { guard: 'isOne', target: 'two' }, STOP: '#m.out' } },
            two: {
              on: { GO: { guard: 'isTwo', target: 'one' }, STOP: [{ guard: 'isTwo', target: 'one' }, {}] },
            },
          },
        },
      },
    },
    out: { on: { GO: 'both', STOP: ['#m.both.right.two'] } },
  },
})

t.test(
  'the edges of charts in which several states hear one event are those that XState takes',
  async (t) => {
    for (const [name, machine] of Object.entries({ listening, silent, forward, sides, rivals })) {
      const chart = drawn(machine)
      const open = new Set<string>()
      for (let seed = 0; seed < 200; seed++) {
        const { rows, edges } = lifeOf(machine, seed, 1)
        const { moments } = storyOf(journalLines(rows, '1'), [chart])
        for (const { isExact, words } of moments) if (!isExact) open.add(words)
        const wrong = moments.find(
          (moment, n) => moment.isExact && !isDeepStrictEqual(moment.edges, edges[n]),
        )
        if (wrong !== undefined) t.same(wrong, edges[wrong.seq], `${name}, seed ${seed}`)
      }
      // Guards of what follows by itself may each have said so or so.
      t.same([...open].toSorted(), machine === rivals ? ['GO', 'STOP'] : [], `where ${name} leaves a choice`)
    }
  },
)

const states = {
  work: {
    initial: 'first',
    states: {
      first: { on: { NEXT: 'second' } },
      second: { initial: 'one', states: { one: { on: { MORE: 'two' } }, two: {} } },
      where: { type: 'history', history: 'deep' },
    },
    on: { OUT: 'break' },
  },
  break: { on: { BACK: 'work.where' } },
}

t.test('a deep history leads to where the saga was when it left', async (t) => {
  const chart = chartOf({ id: 'm', version: '1', config: { id: 'm', initial: 'work', states } })
  const rows = [
    { event: { type: 'xstate.init' }, value: { work: 'first' } },
    { event: { type: 'NEXT' }, value: { work: { second: 'one' } } },
    { event: { type: 'MORE' }, value: { work: { second: 'two' } } },
    { event: { type: 'OUT' }, value: 'break' },
    { event: { type: 'BACK' }, value: { work: { second: 'two' } } },
    { event: { type: 'BACK' }, value: { work: { second: 'one' } } },
  ].map(({ event, value }, seq) => ({ seq, event, at: seq, snapshot: { value } }))
  t.same(
    storyOf(journalLines(rows, '1'), [chart]).moments.map(({ edges, isExact }) => [edges[0], isExact]),
    [
      [undefined, true],
      ['work.first|NEXT|0', true],
      ['work.second.one|MORE|0', true],
      ['work|OUT|0', true],
      ['break|BACK|0', true],
      // From where it does not lead there.
      [undefined, false],
    ],
  )
})

/** So many regions side by side, each of which may take any of several edges, or none, with or without others behind it. */
function sideBySide(regions: number) {
  const names = Array.from({ length: regions }, (_, index) => `r${index}`)
  const a = {
    on: {
      GO: [
        { guard: 'one', target: 'b' },
        { guard: 'two', target: 'c' },
      ],
    },
  }
  const b = { always: { guard: 'again', target: 'c' } }
  const region = { initial: 'a', states: { a, b, c: { always: [{ guard: 'back', target: 'b' }] } } }
  const states = Object.fromEntries(names.map((name) => [name, region]))
  const chart = chartOf({ id: 'm', version: '1', config: { id: 'm', type: 'parallel', states } })
  const story = (...values: readonly ((index: number) => string)[]) =>
    storyOf(
      journalLines(
        values.map((valueOf, seq) => ({
          seq,
          event: { type: seq === 0 ? 'xstate.init' : 'GO' },
          at: seq,
          snapshot: { value: Object.fromEntries(names.map((name, index) => [name, valueOf(index)])) },
        })),
        '1',
      ),
      [chart],
    )
  return { story }
}

t.test('of regions that hear one event each is told by where it went', async (t) => {
  const { story } = sideBySide(7)
  const { moments } = story(
    () => 'a',
    (index) => 'abc'.charAt(index % 3),
  )
  t.same(
    moments[1]?.edges,
    ['r1|GO|0', 'r2|GO|1', 'r4|GO|0', 'r5|GO|1'].map((id) => id.replace('|', '.a|')),
  )
  t.notOk(moments[1]?.isExact, 'there are more ways than are looked at')
})

t.test(
  'a chart that leads from everywhere to everywhere is told as far as that goes in a while',
  async (t) => {
    const { story } = sideBySide(100)
    const states = ['a', 'b', 'nowhere', 'c']
    const { moments } = story(...Array.from({ length: 100 }, (_, seq) => () => states[seq % 4] ?? 'a'))
    t.equal(moments.length, 100)
    t.ok(moments.slice(1).every(({ isExact }) => !isExact))
  },
)
