import t from 'tap'
import { shapeScenarios } from '../../../test/simulation/shape-scenarios.ts'
import { simulate } from '../../../test/simulation/simulation.ts'
import { keptJournal } from '../../../test/kit/kept-journals.ts'
import { replayMachinesOf } from '../../../test/kit/told-by.ts'
import { machines as registered } from '../../../machines/registry.ts'
import { journalOf } from '../../saga-file/saga-file.ts'
import { ReplayMachines } from './machines.ts'
import { replay, type Retold } from './replay.ts'

const known = new ReplayMachines(registered)

function kept(name: string): Retold[] {
  const { saga, ...file } = keptJournal('1', name).file
  return [...replay({ saga, rows: journalOf(file) }, { machines: known })]
}

/** Of the scenario of the simulation whose machine is called so, without a fault. */
async function simulated(id: string): Promise<Retold[]> {
  const scenario = shapeScenarios.find(({ machine }) => machine.machine.id === id)
  if (scenario === undefined) throw new Error(`no scenario has machine ${id}`)
  const { saga } = await simulate(scenario)
  const rows = (saga?.journal ?? []).map((row) => ({ ...row, snapshot: JSON.parse(row.snapshot) as unknown }))
  const machine = replayMachinesOf(scenario.machine.machine)
  const name = { saga_id: saga?.sagaId ?? '', machine: id, version: '1' }
  return [...replay({ saga: name, rows }, { machines: machine })]
}

const begun = ({ effects }: Retold) => effects.begun.map(({ path, undo }) => (undo ? `undo ${path}` : path))

t.test('each call is begun once, and stopped where a person cancels', async (t) => {
  const told = kept('cancelled')
  t.same(told.map(begun), [['lock'], ['reserve'], ['undo undo-reserve'], ['undo undo-lock'], []])
  t.same(
    told.map(({ effects }) => effects.aborted.map(({ path }) => path)),
    [[], [], ['reserve'], [], []],
  )
  t.same(
    told.flatMap(({ effects }) => effects.begun.map(({ key }) => key.slice(key.indexOf(':')))),
    [':lock', ':reserve', ':reserve:undo', ':lock:undo'],
  )
})

t.test('a step that ended is not stopped', async (t) => {
  for (const name of ['done', 'refused-at-create', 'parked-and-tried-again']) {
    t.same(
      kept(name).flatMap(({ effects }) => effects.aborted),
      [],
      name,
    )
  }
})

t.test('a timer is set once, and dropped only if it did not fire', async (t) => {
  const fired = kept('parked-and-tried-again').map(({ effects }) => effects)
  t.equal(fired.flatMap(({ armed }) => armed).length, 2)
  t.equal(fired.flatMap(({ cancelled }) => cancelled).length, 0)
  const retried = kept('parked-and-retried')
  const [dropped] = retried.flatMap(({ effects }) => effects.cancelled)
  const [set] = retried.flatMap(({ effects }) => effects.armed)
  t.same(dropped, set)
  t.equal(retried.find(({ effects }) => effects.cancelled.length > 0)?.row.event.type, 'skald.retry')
})

t.test('a timer that goes on is not set again', async (t) => {
  for (const { machine } of shapeScenarios) {
    const told = await simulated(machine.machine.id)
    const set = told.flatMap(({ effects }) => effects.armed.map(({ timer, dueAt }) => `${timer} ${dueAt}`))
    t.same(set, [...new Set(set)], machine.machine.id)
  }
})

t.test('a step that stays open beside another is not begun again', async (t) => {
  const all = (await simulated('parallel')).flatMap(begun)
  t.same(all.toSorted(), ['join', 'left', 'right'])
})

t.test('calls of nested machines are told with the path to them, and with their own state', async (t) => {
  const told = await simulated('nested')
  t.same(told.flatMap(begun), ['packing/pick', 'packing/wrap', 'ship'])
  const wrapping = told.find((retold) => begun(retold).includes('packing/wrap'))
  t.equal(wrapping?.row.actor, 'packing')
  t.ok(told.every(({ outcome }) => outcome === 'same' || outcome === 'within'))
})

t.test('what a transition changes in the context is told by member', async (t) => {
  const [start, locked] = kept('done')
  t.match(
    start?.changes.map(({ path }) => path),
    ['cart_id', 'magasin_id', 'saga_id', 'reservation_id', 'parked'],
  )
  t.match(locked?.changes, [{ path: 'lignes', before: undefined, after: [{ quantite: 2 }] }])
  t.match(locked, { from: 'doing.lock', to: 'doing.reserve' })
})
