/**
 * Every machine that Skald can run, old versions beside new ones: a saga keeps the version that it began
 * with, so a version leaves this list only when no saga of it is left.
 */
import type { TSchema } from 'typebox'
import type { AnyStateMachine } from 'xstate'
import type { Migrate } from './migration.ts'
import { migrateCommande } from './commande/migrate.ts'
import { Order } from './commande/order.ts'
import { commande as commandeV1 } from './commande/v1/chart.ts'
import { commande as commandeV2 } from './commande/v2/chart.ts'

export interface RegisteredMachine {
  /** With `id` and `version`, which together name the definition for ever. */
  readonly machine: AnyStateMachine
  /** What a caller sends to start a saga; the machine's input is this and the `saga_id`. */
  readonly input: TSchema
  /** The member of the input by which people look for a saga. */
  readonly businessKey: string
  /** Where each participant tells what it noted of a saga, as a path that takes `correlation_id` and `limit`. */
  readonly serviceEvents?: Readonly<Record<string, string>>
  /** Moves running sagas from one version to another: read from the newest version of a machine. */
  readonly migrate?: Migrate
}

const serviceEvents = {
  carts: '/api/caisse/events/',
  stocks: '/api/stock/events/',
  produits: '/api/produits/events/',
}

/** Of each id the last one is the newest: new sagas begin with it. */
export const machines: readonly RegisteredMachine[] = [
  { machine: commandeV1, input: Order, businessKey: 'cart_id', serviceEvents },
  { machine: commandeV2, input: Order, businessKey: 'cart_id', serviceEvents, migrate: migrateCommande },
]
