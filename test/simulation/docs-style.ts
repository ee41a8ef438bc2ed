/**
 * The control: the same machine, participants and world, driven as XState's documentation suggests. A stock
 * actor, its snapshot persisted in `subscribe`, restored after a crash.
 */
import { createActor, fromPromise, type AnyStateMachine, type Snapshot } from 'xstate'
import { declarationOf } from '../../machines/step.ts'
import type { Lease, StepCaller } from '../../orchestrator/engine/ports.ts'
import { statePath, statusOf } from '../../orchestrator/engine/status.ts'
import { Ledger } from './ledger.ts'
import { MemoryStore, StoreConnection } from './memory-store.ts'
import type { Scenario } from './simulation.ts'
import { SimSteps, type Outside } from './steps.ts'
import { SimProcess, World, settled, type FaultPlan } from './world.ts'

const SAGA_ID = 'saga-1'
const TURNS_MAX = 500

/** Runs one saga; what the watch over write-ahead had to complain of. */
export async function driveAsTheDocsSay(scenario: Scenario, plan: FaultPlan): Promise<readonly string[]> {
  const outside: Outside = {
    world: new World(plan),
    store: new MemoryStore(),
    ledger: new Ledger(),
    machine: scenario.machine.machine,
    participants: scenario.participants,
    attempts: new Map(),
    met: new Set(),
    complaints: [],
  }
  let process = await live(outside, scenario)
  for (let turns = 0; turns < TURNS_MAX; turns++) {
    await settled()
    if (process.dead) process = await live(outside, scenario)
    else if (!outside.world.turn()) break
  }
  return outside.complaints
}

async function live(outside: Outside, scenario: Scenario): Promise<SimProcess> {
  const process = new SimProcess(outside.world, 'docs')
  const connection = new StoreConnection(outside.store, process)
  const [lease] = outside.store.claim()
  if (lease === undefined) throw new Error('the store has no partition')
  const machine = withBodies(scenario.machine.machine, new SimSteps(outside, process, connection))
  const row = outside.store.sagas.get(SAGA_ID)?.journal.at(-1)
  const actor = createActor(machine, {
    clock: process.clock,
    ...(row === undefined
      ? { input: { ...scenario.input, saga_id: SAGA_ID } }
      : { snapshot: JSON.parse(row.snapshot) as Snapshot<unknown> }),
  })
  const persist = persister(connection, lease, scenario, row?.seq ?? -1)
  actor.subscribe(() => persist(actor.getSnapshot(), actor.getPersistedSnapshot()))
  actor.start()
  return process
}

function withBodies(machine: AnyStateMachine, steps: StepCaller): AnyStateMachine {
  const actors = Object.entries(machine.implementations.actors as Record<string, unknown>).map(
    ([name, logic]) => {
      const declaration = declarationOf(logic)
      if (declaration === undefined) throw new Error(`${name} is no step`)
      const body = fromPromise(({ input, signal }) =>
        steps.call(declaration, { sagaId: SAGA_ID, input, resumed: false, signal }),
      )
      return [name, body] as const
    },
  )
  return machine.provide({ actors: Object.fromEntries(actors) })
}

type Seen = Parameters<typeof statusOf>[0]

/** Writes one snapshot after the other, as fast as the store answers: the kindest reading of the docs. */
function persister(connection: StoreConnection, lease: Lease, scenario: Scenario, seq: number) {
  const { input, machine } = scenario
  let last = Promise.resolve<unknown>(undefined)
  return (seen: Seen, persisted: unknown) => {
    const fromSeq = seq++
    const [status, state] = [statusOf(seen), statePath(seen.value)]
    const transition = { actor: null, timer: null, at: 0, emitted: [], state, event: { type: 'seen' } }
    const write = {
      sagaId: SAGA_ID,
      lease,
      fromSeq,
      transitions: [{ ...transition, seq: fromSeq + 1, snapshot: JSON.stringify(persisted) }],
      status,
      state,
      problem: null,
      start: { machine: machine.machine.id, version: '1', input, businessKey: null, idempotency: null },
    }
    last = last.then(() => connection.write([write]))
  }
}
