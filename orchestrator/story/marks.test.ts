// What a chart looks like at each moment of sagas that ran.
import t from 'tap'
import type { AnyStateMachine } from 'xstate'
import { definitionOf } from '../../machines/lock.ts'
import { machines as registered } from '../../machines/registry.ts'
import { keptJournal } from '../../test/kit/kept-journals.ts'
import { shapeScenarios } from '../../test/simulation/shape-scenarios.ts'
import { simulate } from '../../test/simulation/simulation.ts'
import { chartOf } from '../chart/chart-of.ts'
import { journalLines } from './journal-lines.ts'
import { marksAt, type Marks } from './marks.ts'
import { storyOf, type Story } from './story.ts'

const drawn = (machine: AnyStateMachine) => chartOf(definitionOf(machine))
const charts = registered.map(({ machine }) => drawn(machine))

function chart(version: string) {
  const found = charts.find((one) => one.version === version)
  if (found === undefined) throw new Error(`no version ${version}`)
  return found
}

function told(version: string, name: string): Story {
  const { saga, transitions } = keptJournal(version, name).file
  return storyOf(journalLines(transitions, saga.version), charts)
}

/** `doing.lock done`, of states without states in them, by name; with tries and note where there is more to say. */
function looks({ states }: Marks): string[] {
  const leaves = [...states].filter(([id]) => ![...states.keys()].some((other) => other.startsWith(`${id}.`)))
  return leaves
    .map(
      ([id, { mark, tries, note }]) => `${id} ${mark}${tries > 1 ? ` ${tries}` : ''}${note && ` (${note})`}`,
    )
    .toSorted()
}

const BEGUN = ['doing.lock done', 'doing.reserve done']

t.test('a compensated saga shows what was done, what failed and what was undone', async (t) => {
  const story = told('1', 'in-doubt-at-create')
  const at = (seq: number) => looks(marksAt(story, chart('1'), seq))
  t.same(at(0), ['doing.lock current'])
  t.same(at(2), ['doing.create current', ...BEGUN])
  t.same(at(3), ['doing.create failed (as planned: ETIMEDOUT)', ...BEGUN, 'undoing.create compensating'])
  t.same(at(5), [
    'doing.create failed (as planned: ETIMEDOUT; undone)',
    'doing.lock done',
    'doing.reserve compensated (undone)',
    'undoing.create compensated',
    'undoing.lock compensating',
    'undoing.reserve compensated',
  ])
  t.same(at(6).slice(-1), ['undoing.reserve compensated'])
  t.match(at(6), ['doing.create failed', 'doing.lock compensated (undone)', 'doing.reserve', 'failed failed'])
  t.same(at(99), at(6), 'behind the last')
  t.same(at(-1), [], 'before the first')
})

t.test('a step that failed and was tried again is done, and tells how often', async (t) => {
  const story = told('2', 'recovered-forward')
  const at = (seq: number) => looks(marksAt(story, chart('2'), seq))
  const failed = 'doing.create failed (as planned: ECONNRESET)'
  t.same(at(3), [failed, ...BEGUN, 'parked.doing parked'])
  t.same(at(4), ['doing.create current 2 (as planned: ECONNRESET)', ...BEGUN])
  t.same(at(5), ['doing.create done 2', ...BEGUN, 'done done'])
})

t.test('a compensation that keeps failing is failed while the saga is parked', async (t) => {
  const story = told('1', 'parked-and-retried')
  const at = (seq: number) => looks(marksAt(story, chart('1'), seq)).slice(-2)
  t.same(at(4), ['parked parked', 'undoing.reserve failed (as planned: ECONNREFUSED)'])
  t.match(at(5), ['doing.reserve done', 'undoing.reserve compensating 2 (as planned: ECONNREFUSED)'])
  t.same(at(6), ['undoing.lock compensating', 'undoing.reserve compensated 2'])
})

t.test('what people did is told where they did it', async (t) => {
  const end = (name: string) => looks(marksAt(told('1', name), chart('1'), 99))
  t.match(end('cancelled'), ['doing.lock compensated', 'doing.reserve abandoned (cancel by alice; undone)'])
  t.match(end('skipped').at(-1), 'undoing.reserve compensated (skipped by alice)')
  t.match(end('completed').join('\n'), /done \(completed by alice\)/)
  t.match(end('abandoned').join('\n'), /parked abandoned \(given up by alice\)/)
  const before = marksAt(told('1', 'skipped'), chart('1'), 4)
  t.match(before.states.get('undoing.reserve'), { mark: 'failed', tries: 1 }, 'only from then on')
})

t.test('edges tell how often they were taken, and whether by an error', async (t) => {
  const story = told('2', 'parked-and-tried-again')
  const { edges } = marksAt(story, chart('2'), 99)
  const again = [...edges.values()].filter(({ times }) => times > 1)
  t.ok(again.length > 0)
  t.ok([...edges].every(([id, { isError }]) => isError === id.includes('|xstate.error.')))
  const taken = [...edges.values()].reduce((all, { times }) => all + times, 0)
  t.equal(taken, story.moments.flatMap((moment) => moment.edges).length)
  t.equal(marksAt(story, chart('2'), 0).edges.size, 0)
})

t.test('a saga that moved to another version shows on its chart what both have', async (t) => {
  const { saga, transitions } = keptJournal('1', 'migrated').file
  const story = storyOf(journalLines(transitions, saga.version), charts)
  t.same(
    story.moments.map(({ version }) => version),
    ['1', '1', '2', '2', '2'],
  )
  const { states, edges } = marksAt(story, chart('2'), 4)
  t.equal(states.get('doing.lock')?.mark, 'compensated')
  t.ok(edges.has('doing.lock|xstate.done.actor.lock|0'))
  const other = { ...chart('2'), edges: chart('2').edges.map((edge) => ({ ...edge, targets: ['failed'] })) }
  t.notOk(marksAt(story, other, 4).edges.has('doing.lock|xstate.done.actor.lock|0'))
})

t.test('regions that run side by side are marked each for itself', async (t) => {
  const scenario = shapeScenarios.find(({ name }) => name.startsWith('two regions undone after a doubt'))
  if (scenario === undefined) throw new Error('no such scenario')
  const { saga } = await simulate(scenario)
  const rows = (saga?.journal ?? []).map((row) => ({
    ...row,
    snapshot: JSON.parse(row.snapshot) as unknown,
  }))
  const parallel = drawn(scenario.machine.machine)
  const story = storyOf(journalLines(rows, '1'), [parallel])
  const start = marksAt(story, parallel, 0)
  t.same(
    looks(start),
    start.current
      .filter((id) => id.split('.').length > 2)
      .map((id) => `${id} current`)
      .toSorted(),
  )
  t.ok(looks(start).length === 2)
  const all = story.moments.map(({ seq }) => marksAt(story, parallel, seq))
  const marks = new Set(all.flatMap(({ states }) => [...states.values()].map(({ mark }) => mark)))
  t.ok(marks.has('compensating') && marks.has('compensated'))
  for (const { current, states } of all) for (const id of current) t.ok(states.has(id))
})
