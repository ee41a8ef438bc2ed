// The tales that the ring tells: what trouble each has, and how it ends, whatever crashes on the way.
import type { Floor } from './floor.ts'

/** What there is to see when all is over. */
export interface Ending {
  readonly state: 'DONE' | 'FAILED'
  /** Of the answer to the caller. */
  readonly http: number
  readonly code?: string
  readonly businessEvents: readonly string[]
  readonly serviceEvents: readonly string[]
  readonly cart: 'LOCKED' | 'OPEN'
  readonly stock: number
  readonly reservation: 'RESERVED' | 'RELEASED' | 'none'
  readonly ventes: number
}

export interface Tale {
  readonly name: string
  /** In stock when the order of 2 comes. */
  readonly stock: number
  readonly settings?: Readonly<Record<string, string>>
  /** Makes the trouble, before the order. */
  readonly prepare?: (floor: Floor) => Promise<void>
  /** Makes the trouble between the first crash and the next start. */
  readonly afterCrash?: (floor: Floor) => Promise<void>
  readonly ending: Ending
}

const LOCKED = ['COMMANDE_CREEE', 'PANIER_VERROUILLE']
const RESERVED = [...LOCKED, 'STOCK_RESERVE']
const UNLOCKED = ['PANIER_DEVERROUILLE', 'FAILED']

const undone = { state: 'FAILED', cart: 'OPEN', stock: 10, ventes: 0, reservation: 'RELEASED' } as const

export const happy: Tale = {
  name: 'an order that goes well',
  stock: 10,
  ending: {
    state: 'DONE',
    http: 201,
    businessEvents: [...RESERVED, 'VENTE_CREEE', 'TERMINEE'],
    serviceEvents: ['LOCK_CART SUCCESS', 'CREATE_RESERVATION SUCCESS', 'CREATE_VENTE SUCCESS'],
    cart: 'LOCKED',
    stock: 8,
    reservation: 'RESERVED',
    ventes: 1,
  },
}

export const refused: Tale = {
  name: 'an order whose reservation is refused',
  stock: 1,
  ending: {
    ...undone,
    http: 409,
    code: 'stock_insuffisant',
    businessEvents: [...LOCKED, ...UNLOCKED],
    serviceEvents: ['LOCK_CART SUCCESS', 'UNLOCK_CART SUCCESS', 'CREATE_RESERVATION FAILURE'],
    stock: 1,
    reservation: 'none',
  },
}

/** The same, crashed while the call was open: the call that nobody saw may have succeeded, so it is undone too. */
export const refusedUnseen: Tale = {
  ...refused,
  ending: {
    ...refused.ending,
    businessEvents: [...LOCKED, 'STOCK_LIBERE', ...UNLOCKED],
    serviceEvents: [...refused.ending.serviceEvents, 'RELEASE_RESERVATION SUCCESS'],
    reservation: 'RELEASED',
  },
}

const released = [
  'LOCK_CART SUCCESS',
  'UNLOCK_CART SUCCESS',
  'CREATE_RESERVATION SUCCESS',
  'RELEASE_RESERVATION SUCCESS',
]

export const unreachable: Tale = {
  name: 'an order while produits is down',
  stock: 10,
  prepare: (floor) => floor.stop('produits'),
  ending: {
    ...undone,
    http: 502,
    code: 'ECONNREFUSED',
    businessEvents: [...RESERVED, 'STOCK_LIBERE', ...UNLOCKED],
    serviceEvents: released,
  },
}

/** The same, crashed while the call was open: it has to be undone at produits, hence waits for it, parked. */
export const unreachableUnseen: Tale = {
  ...unreachable,
  ending: {
    ...unreachable.ending,
    businessEvents: [...RESERVED, 'VENTE_ANNULEE', 'STOCK_LIBERE', ...UNLOCKED],
    serviceEvents: [...released, 'DELETE_VENTE SUCCESS'],
  },
}

export const inDoubt: Tale = {
  name: 'an order whose vente is made, but never answered',
  stock: 10,
  prepare: async (floor) => floor.breakAnswersTo('create'),
  ending: {
    ...undone,
    http: 502,
    code: 'ECONNRESET',
    businessEvents: [...RESERVED, 'VENTE_ANNULEE', 'STOCK_LIBERE', ...UNLOCKED],
    serviceEvents: [...released, 'CREATE_VENTE SUCCESS', 'DELETE_VENTE SUCCESS'],
  },
}

export const parked: Tale = {
  ...inDoubt,
  name: 'an order whose vente is made, but never answered, with stocks down on the way back',
  async prepare(floor) {
    floor.breakAnswersTo('create')
    floor.whenCalled('create', () => floor.stop('stocks'))
  },
}

/** The call for the vente comes through only behind its undoing: it meets the tombstone, and makes none. */
export const late: Tale = {
  ...inDoubt,
  name: 'an order whose vente is asked for on a slow way',
  settings: { STEP_TIMEOUT_MS: '3000', STEP_RETRIES: '0' },
  prepare: async (floor) => floor.delay('create', 'undo create'),
  ending: {
    ...inDoubt.ending,
    code: 'ETIMEDOUT',
    serviceEvents: [...released, 'DELETE_VENTE SUCCESS'],
  },
}

/** Whether the vente was made, nobody can know: it must be gone in the end. */
export const goneMeanwhile: Tale = {
  ...inDoubt,
  name: 'an order whose vente is made, with produits gone when the orchestrator is back',
  prepare: async () => undefined,
  afterCrash: (floor) => floor.stop('produits'),
  ending: { ...inDoubt.ending, code: 'ECONNREFUSED' },
}
