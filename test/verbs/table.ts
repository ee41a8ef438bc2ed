// What each verb does in each place, as the people who operate Skald are promised it: written down by hand.
import type { Verb } from '../../orchestrator/engine/verbs/operator-event.ts'
import type { Order, Place } from './floor.ts'

/** How an order of 2 of 10 pieces has ended, whatever is still late having arrived. */
export interface End {
  readonly state: 'DONE' | 'FAILED'
  readonly cart: 'OPEN' | 'LOCKED'
  readonly stock: number
  readonly ventes: number
  /** Of one that failed. */
  readonly undone: boolean | null
  /** Of what the machine put out. */
  readonly code?: string
}

export const sold: End = { state: 'DONE', cart: 'LOCKED', stock: 8, ventes: 1, undone: null }
export const undone: End = {
  state: 'FAILED',
  cart: 'OPEN',
  stock: 10,
  ventes: 0,
  undone: true,
  code: 'CANCELLED',
}

/** Given up: it stays as it is. */
export const left = (cart: End['cart'], stock: number, ventes: number): End => ({
  state: 'FAILED',
  cart,
  stock,
  ventes,
  undone: false,
  code: 'ABANDONED',
})

/** Things that a person looks up, or does by hand, at the participants. */
export interface Hands {
  readonly venteOf: (order: Order) => Promise<number>
  readonly undo: (order: Order, step: string) => Promise<void>
}

export interface Row {
  readonly verb: Verb | 'migrate'
  /** Beside actor and reason. */
  readonly body?: (order: Order, hands: Hands) => unknown
  /** What somebody did by hand before. */
  readonly byHand?: string
  /** The state that its transition leads to; undefined where it is refused with 409. */
  readonly to?: string
  readonly end: End
}

export interface Situation {
  readonly name: string
  readonly place: Place
  /** What is possible there, and about which steps. */
  readonly possible: Readonly<Partial<Record<Verb, readonly string[]>>>
  /** As in `undo lock`: the call that is open. */
  readonly open?: string
  readonly rows: readonly Row[]
}

export const refused = (end: End, ...verbs: Row['verb'][]): Row[] => verbs.map((verb) => ({ verb, end }))

export const lignesOf = ({ produit }: Order) => ({
  output: { lignes: [{ produit_id: produit, quantite: 2, prix_unitaire: '39.99' }] },
})
export const reservationOf = ({ sagaId }: Order) => ({ output: { reservation_id: sagaId } })
export const venteOf = async (order: Order, hands: Hands) => ({
  output: { vente_id: await hands.venteOf(order) },
})
