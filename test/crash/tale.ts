// The tales that the ring tells: what trouble each has, and how it ends, whatever crashes on the way.
import type { Floor } from './floor.ts'
import type { Plan } from './point.ts'

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
  /** The version that it begins with, and so ends on. */
  readonly version: '1' | '2'
  /** What its orchestrators know, if not all. */
  readonly machines?: Plan['machines']
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

/** Begun and taken over by orchestrators that know both versions. */
export function onV1(tale: Tale): Tale {
  return { ...tale, name: `${tale.name} (v1)`, version: '1', machines: 'begins on v1' }
}

/** Begun by the release before, and taken over by this one. */
export function ofReleaseBefore(tale: Tale): Tale {
  return { ...tale, name: `${tale.name}, of the release before`, machines: 'of the release before' }
}

export const happy: Tale = {
  name: 'an order that goes well',
  version: '2',
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
  version: '2',
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
  version: '2',
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

/** The same, crashed while the call was open: whether it came through nobody knows, so produits is waited for. */
export const unreachableUnseen: Tale = { ...unreachable, ending: happy.ending }

/** On v1 it is undone, at produits too, hence waits for it as well. */
export const unreachableUnseenOnV1 = onV1({
  ...unreachable,
  ending: {
    ...unreachable.ending,
    businessEvents: [...RESERVED, 'VENTE_ANNULEE', 'STOCK_LIBERE', ...UNLOCKED],
    serviceEvents: [...released, 'DELETE_VENTE SUCCESS'],
  },
})

/** Asked for again, it is answered as it was made. */
export const askedAgain: Tale = {
  ...happy,
  name: 'an order whose vente is made, but not answered at first',
  // Every try of the step is one of the saga.
  settings: { STEP_RETRIES: '0' },
  prepare: async (floor) => floor.breakAnswersTo('create', 2),
}

/** Asked for again and again, and undone when that tells nothing. */
export const inDoubt: Tale = {
  name: 'an order whose vente is made, but never answered',
  version: '2',
  stock: 10,
  settings: { STEP_RETRIES: '0' },
  prepare: async (floor) => floor.breakAnswersTo('create'),
  ending: {
    ...undone,
    http: 502,
    code: 'ECONNRESET',
    businessEvents: [...RESERVED, 'VENTE_ANNULEE', 'STOCK_LIBERE', ...UNLOCKED],
    serviceEvents: [...released, 'CREATE_VENTE SUCCESS', 'DELETE_VENTE SUCCESS'],
  },
}

export const inDoubtOnV1 = onV1({ ...inDoubt, settings: {} })

export const parked: Tale = {
  ...inDoubt,
  name: 'an order whose vente is made, but never answered, with stocks down on the way back',
  async prepare(floor) {
    floor.breakAnswersTo('create')
    floor.whenCalled('undo create', () => floor.stop('stocks'))
  },
}

export const parkedOnV1 = onV1({ ...parked, settings: {} })

/** The call for the vente comes through only behind its undoing: it meets the tombstone, and makes none. */
export const lateOnV1 = onV1({
  ...inDoubt,
  name: 'an order whose vente is asked for on a slow way',
  settings: { STEP_TIMEOUT_MS: '3000', STEP_RETRIES: '0' },
  prepare: async (floor) => floor.delay('create', 'undo create'),
  ending: {
    ...inDoubt.ending,
    code: 'ETIMEDOUT',
    serviceEvents: [...released, 'DELETE_VENTE SUCCESS'],
  },
})

/** Whether the vente was made, nobody can know before produits is back. */
export const goneMeanwhile: Tale = {
  ...happy,
  name: 'an order whose vente is made, with produits gone when the orchestrator is back',
  afterCrash: (floor) => floor.stop('produits'),
}

/** On v1 it must be gone in the end. */
export const goneMeanwhileOnV1 = onV1({
  ...goneMeanwhile,
  ending: { ...inDoubt.ending, code: 'ECONNREFUSED' },
})
