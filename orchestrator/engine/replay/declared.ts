/**
 * How the steps of a saga were declared when it called them. A snapshot has the name of a step in the chart, but not
 * whom it calls, and with which key: that is told by the machine itself, or by its definition in an exported file.
 * Pure: it keeps nothing.
 */
import { StateMachine, type AnyStateMachine } from 'xstate'
import { declarationOf, type StepDeclaration } from '../../../machines/step.ts'
import { keyOf, requestOf, type Call } from './effects.ts'
import { changesBetween, type Change } from './changes.ts'

type Declared = Pick<StepDeclaration, 'step' | 'undo' | 'participant'> &
  Partial<Pick<StepDeclaration, 'request'>>

/** By the names under which the machines know it, the outermost first. */
export type Declarations = (sources: readonly string[]) => Declared | undefined

export function declaredBy(machine: AnyStateMachine): Declarations {
  return ([source, ...within]) => {
    const logic = (machine.implementations.actors as Record<string, unknown>)[source ?? '']
    return logic instanceof StateMachine ? declaredBy(logic)(within) : declarationOf(logic)
  }
}

interface Written {
  readonly implementations?: unknown
  /** Of a nested machine. */
  readonly actors?: unknown
}

/** By the `definition` of an exported file; its functions are only text. */
export function declaredIn(definition: Written): Declarations {
  const { actors } = Object(definition.implementations ?? definition) as Written
  return ([source, ...within]) => {
    const found = (Object(actors) as Record<string, unknown>)[source ?? '']
    if (typeof found !== 'object' || found === null) return undefined
    if (within.length > 0) return declaredIn(found)(within)
    const { step, undo, participant } = found as Partial<StepDeclaration>
    if (typeof step !== 'string' || typeof undo !== 'boolean' || typeof participant !== 'string') {
      return undefined
    }
    return { step, undo, participant }
  }
}

/** What is called otherwise than it was, though the snapshots are the same. */
export function otherCalls(calls: readonly Call[], declared: Declarations, sagaId: string): Change[] {
  return calls.flatMap(({ path, sources, key, participant, input, request }) => {
    const was = declared(sources)
    if (was === undefined) return []
    const { request: ask } = was
    const before = {
      key: keyOf(sagaId, was),
      participant: was.participant,
      ...(ask && { request: plain(requestOf({ request: ask }, input)) }),
    }
    const after = { key, participant, ...(ask && { request: plain(request) }) }
    return changesBetween(before, after, `calls[${JSON.stringify(path)}]`)
  })
}

/** As it goes over the wire. */
const plain = (request: unknown): unknown =>
  request === undefined ? undefined : JSON.parse(JSON.stringify(request))
