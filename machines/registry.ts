/**
 * Every machine that Skald can run, old versions beside new ones: a saga keeps the version that it began
 * with, so a version leaves this list only when no saga of it is left.
 */
import type { TSchema } from 'typebox'
import type { AnyStateMachine } from 'xstate'
import type { Migrate } from './migration.ts'
import { commande, Order } from './commande/v1/chart.ts'

export interface RegisteredMachine {
  /** With `id` and `version`, which together name the definition for ever. */
  readonly machine: AnyStateMachine
  /** What a caller sends to start a saga; the machine's input is this and the `saga_id`. */
  readonly input: TSchema
  /** The member of the input by which people look for a saga. */
  readonly businessKey: string
  /** Moves running sagas from one version to another: read from the newest version of a machine. */
  readonly migrate?: Migrate
}

export const machines: readonly RegisteredMachine[] = [
  { machine: commande, input: Order, businessKey: 'cart_id' },
]
