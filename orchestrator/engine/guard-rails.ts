/**
 * What XState allows and a durable saga can't survive, refused when the machine is registered: each of these
 * would lose an effect, repeat it under the wrong key, or hang after a crash. Pure.
 */
import { StateMachine, type AnyStateMachine, type AnyStateNode } from 'xstate'
import { declarationOf } from '../../machines/step.ts'

interface InvokeConfig {
  readonly id?: string
  readonly src?: unknown
  readonly onDone?: unknown
  readonly onError?: unknown
  readonly onSnapshot?: unknown
}

/** Every fault, in the order of the chart; empty for a machine that can run. */
export function faultsOf(machine: AnyStateMachine): string[] {
  return machineFaults(machine, new Map())
}

/** `keys`: where each step is called, over all machines of the saga, for they share its idempotency keys. */
function machineFaults(machine: AnyStateMachine, keys: Map<string, string>): string[] {
  const faults: string[] = []
  if (machine.config.id === undefined) faults.push('it has no id')
  if (machine.version === undefined)
    faults.push('it has no version, so a saga could not say which chart it runs on')
  const invokes = new Map<string, string>()
  for (const node of statesOf(machine.root)) {
    for (const invoke of invokesOf(node)) {
      faults.push(...invokeFaults(machine, node, invoke, invokes, keys))
    }
    for (const action of actionsOf(node)) faults.push(...actionFaults(machine, node, action))
  }
  return faults
}

export function* statesOf(node: AnyStateNode): Generator<AnyStateNode> {
  yield node
  for (const child of Object.values(node.states)) yield* statesOf(child)
}

function invokesOf(node: AnyStateNode): InvokeConfig[] {
  const { invoke } = node.config as { invoke?: InvokeConfig | InvokeConfig[] }
  if (invoke === undefined) return []
  return Array.isArray(invoke) ? invoke : [invoke]
}

function invokeFaults(
  machine: AnyStateMachine,
  node: AnyStateNode,
  invoke: InvokeConfig,
  invokes: Map<string, string>,
  keys: Map<string, string>,
): string[] {
  const faults: string[] = []
  const where = `the invoke in ${node.id}`
  if (invoke.id === undefined) faults.push(`${where} has no id, so its events change name with the chart`)
  else if (invokes.has(invoke.id)) {
    faults.push(`${where} has the id ${invoke.id}, as has the one in ${invokes.get(invoke.id) ?? ''}`)
  } else invokes.set(invoke.id, node.id)
  // XState ends the whole machine on a child error that no transition takes.
  if (invoke.onError === undefined) faults.push(`${where} has no onError: a failure would end the machine`)
  if (invoke.onDone === undefined) faults.push(`${where} has no onDone: its result would never be journalled`)
  // Each would be a row of the journal, with the whole snapshot of the child in it, and again at every resume.
  if (invoke.onSnapshot !== undefined)
    faults.push(`${where} has onSnapshot: let the child send events instead`)
  if (typeof invoke.src !== 'string')
    return [...faults, `${where} has inline logic: give it a name in setup()`]

  const logic = (machine.implementations.actors as Record<string, unknown>)[invoke.src]
  if (logic === undefined) return [...faults, `${where} names ${invoke.src}, which setup() does not have`]
  if (logic instanceof StateMachine) {
    return [...faults, ...machineFaults(logic, keys).map((fault) => `in ${invoke.src as string}: ${fault}`)]
  }
  const declaration = declarationOf(logic)
  if (declaration === undefined) {
    return [...faults, `${where} names ${invoke.src}, which is neither a step nor a machine`]
  }
  const key = `${declaration.step}${declaration.undo ? ':undo' : ''}`
  const other = keys.get(key)
  // The participant would take the second call for the first one repeated, and not do it.
  if (other !== undefined) faults.push(`${where} calls ${key}, as does the one in ${other}: they share a key`)
  keys.set(key, node.id)
  return faults
}

function actionsOf(node: AnyStateNode): unknown[] {
  const own: unknown[] = [...node.entry, ...node.exit]
  const transitions = [...node.transitions.values()].flat()
  return [
    ...own,
    ...(node.type === 'compound' ? node.initial.actions : []),
    ...transitions.flatMap((transition) => transition.actions),
    ...(node.always ?? []).flatMap((a) => a.actions),
  ]
}

/** What XState's own action creators return: a function that carries what it was made of. */
type BuiltIn = ((...args: never[]) => unknown) & {
  readonly type?: string
  readonly resolve?: unknown
  readonly delay?: unknown
  readonly src?: unknown
  readonly id?: unknown
}

function actionFaults(machine: AnyStateMachine, node: AnyStateNode, action: unknown): string[] {
  const where = `an action of ${node.id}`
  const name = typeof action === 'string' ? action : (action as { type?: string }).type
  const implementations = machine.implementations.actions as Record<string, unknown>
  const implementation = (name === undefined ? undefined : implementations[name]) ?? action
  if (typeof implementation !== 'function')
    return [`${where} names ${String(name)}, which setup() does not have`]
  const { type, resolve, delay, src, id } = implementation as BuiltIn
  if (resolve === undefined) {
    return [
      `${where} is a plain function: a crash after the commit would lose it; make it an invoke, or emit`,
    ]
  }
  if (type === 'xstate.sendTo' && delay !== undefined) {
    return [
      `${where} is a sendTo with a delay, which would fire twice after a crash; raise with a delay instead`,
    ]
  }
  if (type === 'xstate.spawnChild' && (typeof src !== 'string' || id === undefined)) {
    return [`${where} spawns without a name and an id, so the child can't be found again after a crash`]
  }
  if (type === 'xstate.spawnChild' && !isDurable(machine, src)) {
    return [`${where} spawns ${String(src)}, which is neither a step nor a machine`]
  }
  return []
}

function isDurable(machine: AnyStateMachine, src: unknown): boolean {
  const logic = (machine.implementations.actors as Record<string, unknown>)[String(src)]
  return logic instanceof StateMachine || declarationOf(logic) !== undefined
}
