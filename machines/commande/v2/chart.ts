/**
 * A commande: lock the cart, reserve its stock, create the vente; or undo what was begun, in reverse.
 *
 * Unlike v1 it recovers forward. When `create` is in doubt, the cart is locked and the stock reserved for it, and the
 * sale may stand already: the saga parks on its way forward and makes the same call again after a short growing delay,
 * or at once on RETRY. It is undone when the vente is refused, when produits is silent and may answer late, when three
 * further tries tell nothing, or when somebody says so by CANCEL or COMPENSATE.
 *
 * All else is as in v1. A step that was surely refused is undone from the step before it. One in doubt, or stopped
 * while its call was open, counts as begun and is undone too. A compensation that fails parks the saga, which goes
 * back to where it stopped by itself after a growing delay, or at once on RETRY.
 */
import { assertEvent, assign, emit, setup } from 'xstate'
import { known, type StepFailure } from '../../step.ts'
import type { CommandeInput } from '../order.ts'
import {
  createVente,
  deleteVente,
  lockCart,
  releaseStock,
  reserveStock,
  unlockCart,
  type Ligne,
} from './steps.ts'

interface CommandeContext extends CommandeInput {
  /** Chosen by the saga, not by stocks, so that a reservation can be released whose answer never came. */
  reservation_id: string
  lignes?: Ligne[]
  vente_id?: number
  /** Why the commande is being undone. */
  error?: StepFailure
  /** Why the step or compensation under way failed last, and how often in a row; null while none has. */
  parked: { reason: StepFailure; tries: number } | null
}

/** Who wants it stopped, and why, where they say so. */
interface Stop {
  type: 'CANCEL' | 'COMPENSATE'
  actor?: string
  reason?: string
}

type CommandeEmitted =
  | { type: 'COMMANDE_CREEE'; cart_id: string; magasin_id: number }
  | { type: 'PANIER_VERROUILLE'; cart_id: string }
  | { type: 'STOCK_RESERVE'; reservation_id: string }
  | { type: 'VENTE_CREEE'; vente_id: number }
  | { type: 'TERMINEE'; vente_id: number }
  | { type: 'VENTE_ANNULEE' }
  | { type: 'STOCK_LIBERE'; reservation_id: string }
  | { type: 'PANIER_DEVERROUILLE'; cart_id: string }
  | { type: 'FAILED'; error: StepFailure }

const failureOf = (event: unknown) => (event as { error: StepFailure }).error

const commandeSetup = setup({
  types: {
    input: {} as CommandeInput,
    context: {} as CommandeContext,
    events: {} as Stop | { type: 'RETRY' },
    emitted: {} as CommandeEmitted,
    output: {} as { vente_id: number | null; error: StepFailure | null },
  },
  actors: { lockCart, unlockCart, reserveStock, releaseStock, createVente, deleteVente },
  guards: {
    /** Not behind a try in doubt: that one may have taken effect, whatever this one met. */
    surelyNotDone: ({ context, event }) => !failureOf(event).inDoubt && context.parked === null,
    /**
     * A refusal would be repeated. A participant that is silent may do it late, and nobody holds a cart and its stock for
     * one that stays silent or away. Any other doubt is over as soon as it is asked again.
     */
    worthAnotherTry: ({ context, event }) => {
      const { name, code } = failureOf(event)
      return name !== 'StepRefused' && code !== 'ETIMEDOUT' && (context.parked?.tries ?? 0) < 3
    },
  },
  actions: {
    blame: assign({ error: ({ event }) => failureOf(event), parked: null }),
    blameWhoStops: assign(({ event }) => {
      assertEvent(event, ['CANCEL', 'COMPENSATE'])
      const [name, code] =
        event.type === 'CANCEL' ? ['Cancelled', 'CANCELLED'] : ['Compensated', 'COMPENSATED']
      const who = event.actor === undefined ? '' : ` by ${event.actor}`
      const why = event.reason === undefined ? '' : ` (${event.reason})`
      const message = `The commande was ${name.toLowerCase()}${who}${why}.`
      return { error: { name, message, code, step: event.type.toLowerCase(), inDoubt: false }, parked: null }
    }),
    noteWhyParked: assign({
      parked: ({ context, event }) => ({
        reason: failureOf(event),
        tries: (context.parked?.tries ?? 0) + 1,
      }),
    }),
    forgetParked: assign({ parked: null }),
  },
  delays: {
    /** 0.5 s, 1 s, 2 s: long enough for a participant to be started again, while a buyer waits. */
    soon: ({ context }) => 500 * 2 ** ((context.parked?.tries ?? 1) - 1),
    /** 1 s, 2 s, 4 s … at most 5 minutes: long enough to spare a participant that is down. */
    nextTry: ({ context }) => Math.min(1_000 * 2 ** ((context.parked?.tries ?? 1) - 1), 300_000),
  },
})

export const commande = commandeSetup.createMachine({
  id: 'commande',
  version: '2',
  context: ({ input }) => ({ ...input, reservation_id: input.saga_id, parked: null }),
  entry: emit(({ context }) => ({
    type: 'COMMANDE_CREEE',
    cart_id: context.cart_id,
    magasin_id: context.magasin_id,
  })),
  initial: 'doing',
  states: {
    doing: {
      id: 'doing',
      initial: 'lock',
      states: {
        lock: {
          invoke: {
            id: 'lock',
            src: 'lockCart',
            input: ({ context }) => ({ cart_id: context.cart_id, magasin_id: context.magasin_id }),
            onDone: {
              target: 'reserve',
              actions: [
                assign({ lignes: ({ event }) => event.output.lignes }),
                emit(({ context }) => ({ type: 'PANIER_VERROUILLE', cart_id: context.cart_id })),
              ],
            },
            onError: [
              { guard: 'surelyNotDone', target: '#failed', actions: 'blame' },
              { target: '#undoing.lock', actions: 'blame' },
            ],
          },
          on: {
            CANCEL: { target: '#undoing.lock', actions: 'blameWhoStops' },
            COMPENSATE: { target: '#undoing.lock', actions: 'blameWhoStops' },
          },
        },
        reserve: {
          invoke: {
            id: 'reserve',
            src: 'reserveStock',
            input: ({ context }) => ({
              reservation_id: context.reservation_id,
              magasin_id: context.magasin_id,
              lignes: known(context.lignes, 'lignes'),
            }),
            onDone: {
              target: 'create',
              actions: emit(({ context }) => ({
                type: 'STOCK_RESERVE',
                reservation_id: context.reservation_id,
              })),
            },
            onError: [
              { guard: 'surelyNotDone', target: '#undoing.lock', actions: 'blame' },
              { target: '#undoing.reserve', actions: 'blame' },
            ],
          },
          on: {
            CANCEL: { target: '#undoing.reserve', actions: 'blameWhoStops' },
            COMPENSATE: { target: '#undoing.reserve', actions: 'blameWhoStops' },
          },
        },
        create: {
          invoke: {
            id: 'create',
            src: 'createVente',
            input: ({ context }) => ({
              cart_id: context.cart_id,
              magasin_id: context.magasin_id,
              reservation_id: context.reservation_id,
              lignes: known(context.lignes, 'lignes'),
            }),
            onDone: {
              target: '#done',
              actions: [
                'forgetParked',
                assign({ vente_id: ({ event }) => event.output.vente_id }),
                emit(({ event }) => ({ type: 'VENTE_CREEE', vente_id: event.output.vente_id })),
              ],
            },
            onError: [
              { guard: 'surelyNotDone', target: '#undoing.reserve', actions: 'blame' },
              { guard: 'worthAnotherTry', target: '#parked.doing', actions: 'noteWhyParked' },
              { target: '#undoing.create', actions: 'blame' },
            ],
          },
          on: {
            CANCEL: { target: '#undoing.create', actions: 'blameWhoStops' },
            COMPENSATE: { target: '#undoing.create', actions: 'blameWhoStops' },
          },
        },
        whereItStopped: { type: 'history' },
      },
    },

    undoing: {
      id: 'undoing',
      initial: 'create',
      states: {
        create: {
          invoke: {
            id: 'undo-create',
            src: 'deleteVente',
            input: ({ context }) => ({ saga_id: context.saga_id }),
            onDone: { target: 'reserve', actions: ['forgetParked', emit({ type: 'VENTE_ANNULEE' })] },
            onError: { target: '#parked.undoing', actions: 'noteWhyParked' },
          },
        },
        reserve: {
          invoke: {
            id: 'undo-reserve',
            src: 'releaseStock',
            input: ({ context }) => ({ reservation_id: context.reservation_id }),
            onDone: {
              target: 'lock',
              actions: [
                'forgetParked',
                emit(({ context }) => ({ type: 'STOCK_LIBERE', reservation_id: context.reservation_id })),
              ],
            },
            onError: { target: '#parked.undoing', actions: 'noteWhyParked' },
          },
        },
        lock: {
          invoke: {
            id: 'undo-lock',
            src: 'unlockCart',
            input: ({ context }) => ({ cart_id: context.cart_id }),
            onDone: {
              target: '#failed',
              actions: [
                'forgetParked',
                emit(({ context }) => ({ type: 'PANIER_DEVERROUILLE', cart_id: context.cart_id })),
              ],
            },
            onError: { target: '#parked.undoing', actions: 'noteWhyParked' },
          },
        },
        whereItStopped: { type: 'history' },
      },
    },

    parked: {
      id: 'parked',
      initial: 'undoing',
      states: {
        /** Only `create` waits here: it is the last step, and all that it needs is held. */
        doing: {
          on: {
            RETRY: '#doing.whereItStopped',
            CANCEL: { target: '#undoing.create', actions: 'blameWhoStops' },
            COMPENSATE: { target: '#undoing.create', actions: 'blameWhoStops' },
          },
          after: { soon: '#doing.whereItStopped' },
        },
        undoing: {
          on: { RETRY: '#undoing.whereItStopped' },
          after: { nextTry: '#undoing.whereItStopped' },
        },
      },
    },

    done: {
      id: 'done',
      type: 'final',
      entry: emit(({ context }) => ({ type: 'TERMINEE', vente_id: known(context.vente_id, 'vente_id') })),
    },
    failed: {
      id: 'failed',
      type: 'final',
      entry: emit(({ context }) => ({ type: 'FAILED', error: known(context.error, 'error') })),
    },
  },
  output: ({ context }) => ({ vente_id: context.vente_id ?? null, error: context.error ?? null }),
})
