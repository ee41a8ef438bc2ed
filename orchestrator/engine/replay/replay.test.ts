import t from 'tap'
import { assign, StateMachine, type AnyStateMachine } from 'xstate'
import { happy } from '../../../test/simulation/commande-scenarios.ts'
import { shapeScenarios } from '../../../test/simulation/shape-scenarios.ts'
import { simulate, type Scenario } from '../../../test/simulation/simulation.ts'
import { differenceBy } from '../../../test/kit/told-by.ts'
import type { JournalRow } from './journal-row.ts'

const commande = happy.machine.machine

/** The journal of a real run, as a store gives it back. */
async function journalOf(scenario: Scenario): Promise<JournalRow[]> {
  const { saga, complaints } = await simulate(scenario)
  if (complaints.length > 0 || saga === undefined) throw new Error(complaints.join('\n'))
  return saga.journal.map((row) => ({ ...row, snapshot: JSON.parse(row.snapshot) as unknown }))
}

t.test('a journal tells the same story as its machine', async (t) => {
  t.equal(differenceBy(commande, await journalOf(happy)), undefined)
  for (const scenario of shapeScenarios) {
    t.equal(differenceBy(scenario.machine.machine, await journalOf(scenario)), undefined, scenario.name)
  }
})

t.test('the order in which a store keeps the members of a snapshot is no difference', async (t) => {
  const rows = await journalOf(happy)
  const reversed = (value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .map(([key, member]) => [key, reversed(member)])
            .toReversed(),
        )
  const shuffled = rows.map((row) => ({ ...row, snapshot: reversed(row.snapshot) }))
  t.equal(differenceBy(commande, shuffled), undefined)
})

interface StateConfig {
  readonly states?: Readonly<Record<string, StateConfig>>
  readonly invoke?: object
}

/** The machine with other states, which XState's types can't follow. */
function withStates(machine: AnyStateMachine, states: Readonly<Record<string, unknown>>): AnyStateMachine {
  const { implementations } = machine
  return new StateMachine({ ...machine.config, states: states as never }, implementations)
}

/** The commande with another invoke in doing.lock. */
function withLock(change: object): AnyStateMachine {
  const { doing, ...others } = commande.config.states as Record<string, StateConfig>
  const lock = doing?.states?.['lock']
  const changed = { ...lock, invoke: { ...lock?.invoke, ...change } }
  return withStates(commande, { ...others, doing: { ...doing, states: { ...doing?.states, lock: changed } } })
}

function scenarioOf(machineId: string): Scenario {
  const scenario = shapeScenarios.find(({ machine }) => machine.machine.id === machineId)
  if (scenario === undefined) throw new Error(`no scenario has machine ${machineId}`)
  return scenario
}

t.test('a changed arrow is found at the transition that took it', async (t) => {
  const astray = withLock({ onDone: '#undoing.lock' })
  const difference = differenceBy(astray, await journalOf(happy))
  t.match(difference, {
    seq: 1,
    event: 'xstate.done.actor.lock',
    kind: 'state',
    reason: 'It led to doing.reserve, and leads to undoing.lock now.',
  })
})

t.test('a changed input of a step is found where the step was called', async (t) => {
  const other = withLock({ input: () => ({ cart: 'x' }) })
  t.match(differenceBy(other, await journalOf(happy)), { seq: 0, event: 'xstate.init' })
})

t.test('a changed delay is found where its timer was set', async (t) => {
  const scenario = scenarioOf('timers')
  const rows = await journalOf(scenario)
  const hasty = scenario.machine.machine.provide({ delays: { patience: 1 } })
  const difference = differenceBy(hasty, rows)
  const at = rows.find(({ seq }) => seq === difference?.seq)?.at ?? 0
  t.equal(difference?.kind, 'timer')
  const path = 'timers["xstate.after.patience.timers.waiting"].dueAt'
  t.match(
    difference?.changes.find((change) => change.path === path),
    { after: at + 1 },
  )
})

t.test('a change in a machine within is found, at the latest with the last row', async (t) => {
  const scenario = scenarioOf('nested')
  const { machine } = scenario.machine
  const rows = await journalOf(scenario)
  const actors = machine.implementations.actors as Record<string, AnyStateMachine>
  const packing = actors['packing']
  t.ok(packing)
  if (packing === undefined) return
  const resting = { after: { 7: 'wrapping' } }
  const restless = withStates(packing, { ...packing.config.states, resting })
  const changed = machine.provide({ actors: { ...actors, packing: restless } as never })
  const rested = rows.findIndex((row) => JSON.stringify(row.snapshot).includes('"resting"'))
  t.ok(differenceBy(changed, rows.slice(0, rested + 1)))
  t.ok(differenceBy(changed, rows))
})

t.test('a step’s failure, kept in a state that stays, is told again', async (t) => {
  const scenario = scenarioOf('staying')
  const { machine } = scenario.machine
  const { looking, ...others } = machine.config.states as Record<string, StateConfig>
  const stay = { actions: assign({}) }
  const invoke = { ...looking?.invoke, onError: stay }
  const patient = withStates(machine, { ...others, looking: { ...looking, invoke } })
  const told: Scenario = {
    ...scenario,
    machine: { machine: patient, businessKey: 'nr' },
    participants: { ...scenario.participants, conduct: { look: ['refuses'] } },
    ends: [{ status: 'done', standing: ['ship'], events: ['COUNTED', 'DONE_4'] }],
  }
  const rows = await journalOf(told)
  t.match(JSON.stringify(rows), '"code":"REFUSED"')
  t.equal(differenceBy(patient, rows), undefined)
})
