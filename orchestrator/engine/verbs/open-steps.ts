/** The steps whose call is open in a snapshot. Pure. */
import type { AnyActor, AnyMachineSnapshot } from 'xstate'
import { declarationOf, type StepDeclaration } from '../../../machines/step.ts'

export interface OpenStep {
  /** The id of the invoke. */
  readonly id: string
  readonly actor: AnyActor
  readonly declaration: StepDeclaration
}

/** Of the machine itself, in the order in which its states were entered; those of nested machines are their own. */
export function openSteps({ children }: Pick<AnyMachineSnapshot, 'children'>): OpenStep[] {
  return Object.entries(children as Record<string, AnyActor>).flatMap(([id, actor]) => {
    const declaration = declarationOf(actor.logic)
    const isOpen = declaration !== undefined && actor.getSnapshot().status === 'active'
    return isOpen ? [{ id, actor, declaration }] : []
  })
}
