/**
 * The control: the same machine, participants and world, driven as XState's documentation suggests. A stock
 * actor, its snapshot persisted in `subscribe`, restored after a crash.
 */
import { createActor, fromPromise, type AnyStateMachine, type Snapshot } from 'xstate'
import { declarationOf } from '../../machines/step.ts'
import type { Lease, StepCaller } from '../../orchestrator/engine/ports.ts'
import { statePath, statusOf } from '../../orchestrator/engine/status.ts'
import { Connection } from './connection.ts'
import { Ledger } from './ledger.ts'
import { MemoryLeases } from './memory-leases.ts'
import { MemoryStore } from './memory-store.ts'
import { PlannedCourier, type FaultPlan } from './planned-courier.ts'
import type { Scenario } from './simulation.ts'
import { SimSteps, type Outside } from './steps.ts'
import { SimProcess, World } from './world.ts'

const SAGA_ID = 'saga-1'
const SAGA = { sagaId: SAGA_ID, machine: 'm', version: '1', trace: null }
const TURNS_MAX = 1_000
/** Nobody else is there to take anything over. */
const LEASE_MS = 1e9

/** Runs one saga; what the watch over write-ahead had to complain of. */
export async function driveAsTheDocsSay(scenario: Scenario, plan: FaultPlan): Promise<readonly string[]> {
  const world = new World()
  const leases = new MemoryLeases(() => world.now, 1)
  const { machine } = scenario.machine
  const outside: Outside = {
    world,
    courier: new PlannedCourier({ plan, leaseMs: LEASE_MS }),
    leases,
    store: new MemoryStore(leases),
    ledger: new Ledger(),
    machines: new Map([[`${machine.id}@${machine.version}`, machine]]),
    participantsOf: () => scenario.participants,
    attempts: new Map(),
    met: new Set(),
    complaints: [],
  }
  let process = begin(outside, scenario)
  for (let turns = 0; turns < TURNS_MAX; turns++) {
    if (process.dead) process = begin(outside, scenario)
    if (!(await world.turn())) break
  }
  return outside.complaints
}

function begin(outside: Outside, scenario: Scenario): SimProcess {
  const process = new SimProcess(outside.world, 'docs')
  outside.world.after(0, () => void live(outside, scenario, process), process)
  return process
}

async function live(outside: Outside, scenario: Scenario, process: SimProcess): Promise<void> {
  const connection = new Connection(outside, process)
  const member = { id: `docs-${outside.world.now}`, name: 'docs', machines: [] }
  await connection.join(member, { leaseMs: LEASE_MS, takeOverName: true })
  await connection.acquire(member, 1)
  const lease = (await connection.beat(member, LEASE_MS))?.owned[0]
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
}

function withBodies(machine: AnyStateMachine, steps: StepCaller): AnyStateMachine {
  const actors = Object.entries(machine.implementations.actors as Record<string, unknown>).map(
    ([name, logic]) => {
      const declaration = declarationOf(logic)
      if (declaration === undefined) throw new Error(`${name} is no step`)
      const body = fromPromise(({ input, signal }) =>
        steps.call(declaration, { ...SAGA, input, resumed: false, signal }),
      )
      return [name, body] as const
    },
  )
  return machine.provide({ actors: Object.fromEntries(actors) })
}

type Seen = Parameters<typeof statusOf>[0]

/** Writes one snapshot after the other, as fast as the store answers: the kindest reading of the docs. */
function persister(connection: Connection, lease: Lease, scenario: Scenario, seq: number) {
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
      step: null,
      trouble: null,
      version: null,
      notice: null,
      wakeAt: status === 'done' || status === 'failed' ? ('ended' as const) : ('in_flight' as const),
      consumed: [],
      start: {
        machine: machine.machine.id,
        version: '1',
        input,
        businessKey: null,
        idempotency: null,
        trace: null,
      },
    }
    last = last.then(() => connection.write([write]))
  }
}
