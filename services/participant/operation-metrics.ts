/** What a participant did, was asked again, or refused. */
import { Counter, type Registry } from 'prom-client'
import type { OperationOutcome } from './barrier.ts'

/** Returns what is to be told of each operation; `operation` is a word of the participant's code, as in LOCK_CART. */
export function operationMetrics(register: Registry): (operation: string, outcome: OperationOutcome) => void {
  const operations = new Counter({
    name: 'skald_participant_operations_total',
    help: 'Actions and compensations that a participant was asked for, by outcome: success, failure (refused), repeated (done before), tombstone (an action that is kept from happening)',
    labelNames: ['operation', 'outcome'],
    registers: [register],
  })
  return (operation, outcome) => operations.inc({ operation, outcome })
}
