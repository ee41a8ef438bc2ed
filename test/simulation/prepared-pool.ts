/** Prepared machines, used again by later lives: preparing them would cost a tenth of all the simulation's time. */
import type { AnyStateMachine } from 'xstate'
import type { Migrate } from '../../machines/migration.ts'
import type { Clock, StepCaller } from '../../orchestrator/engine/ports.ts'
import { prepare, type PreparedMachine } from '../../orchestrator/engine/prepare.ts'

export interface Registered {
  readonly machine: AnyStateMachine
  readonly businessKey: string
  readonly migrate?: Migrate
}

interface Body {
  steps: StepCaller
  clock: Clock
}

interface Prepared {
  readonly machines: readonly PreparedMachine[]
  readonly body: Body
}

const idle = new Map<string, Prepared[]>()
const busy = new Map<object, { readonly kind: string; readonly prepared: Prepared }>()
const numbers = new WeakMap<AnyStateMachine, number>()
let machinesSeen = 0

/** The machines of `life`, whose steps and clock are its own until it is given back. */
export function prepareFor(
  life: object,
  registered: readonly Registered[],
  body: Body,
): readonly PreparedMachine[] {
  const kind = registered.map(({ machine }) => numberOf(machine)).join()
  const prepared = idle.get(kind)?.pop() ?? prepareAll(registered, { ...body })
  Object.assign(prepared.body, body)
  busy.set(life, { kind, prepared })
  return prepared.machines
}

/** Its world is over: nothing of it runs any more. */
export function giveBack(life: object): void {
  const used = busy.get(life)
  if (used === undefined) return
  busy.delete(life)
  const pool = idle.get(used.kind) ?? []
  idle.set(used.kind, pool)
  pool.push(used.prepared)
}

function prepareAll(registered: readonly Registered[], body: Body): Prepared {
  const steps: StepCaller = { call: (declaration, call) => body.steps.call(declaration, call) }
  const clock: Clock = {
    now: () => body.clock.now(),
    monotonic: () => body.clock.monotonic(),
    setTimeout: (run, delayMs) => body.clock.setTimeout(run, delayMs),
    clearTimeout: (timeout) => body.clock.clearTimeout(timeout),
    setImmediate: (run) => body.clock.setImmediate(run),
  }
  return { machines: registered.map((machine) => prepare(machine, steps, clock)), body }
}

/** Two machines may have one name, and be different: tests change them. */
function numberOf(machine: AnyStateMachine): number {
  const number = numbers.get(machine) ?? ++machinesSeen
  numbers.set(machine, number)
  return number
}
