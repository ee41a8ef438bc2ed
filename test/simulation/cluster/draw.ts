/** What will befall a cluster: drawn from one seed before it begins, so that the story is known from the start. */
import type { AnyStateMachine } from 'xstate'
import { machines as registered } from '../../../machines/registry.ts'
import type { Migrate } from '../../../machines/migration.ts'
import type { Verb } from '../../../orchestrator/engine/verbs/operator-event.ts'
import type { Dice } from '../dice.ts'
import type { Conduct } from '../ledger.ts'
import type { Participants } from '../steps.ts'
import { bookingOf, migrateBooking } from './booking.ts'

export interface Kind {
  readonly machine: AnyStateMachine
  readonly businessKey: string
  readonly migrate?: Migrate
  /** Forward steps, in order: what stands at the end of a saga that is done. */
  readonly steps: readonly string[]
  /** Events that people send to it. */
  readonly events: readonly [string, ...string[]]
  readonly replies: Readonly<Record<string, unknown>>
}

const LIGNES = [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }]

const commandes: Kind[] = registered.map((commande) => ({
  ...commande,
  steps: ['lock', 'reserve', 'create'],
  events: ['CANCEL', 'RETRY', 'RETRY', 'UNHEARD_OF'],
  replies: { lock: { lignes: LIGNES }, reserve: { reservation_id: 'r' }, create: { vente_id: 7 } },
}))

const booking = (version: string, isPatient: boolean): Kind => ({
  machine: bookingOf(version, isPatient),
  businessKey: 'nr',
  migrate: migrateBooking,
  steps: ['hold', 'charge'],
  events: ['CONFIRM', 'CONFIRM', 'CONFIRM', 'CANCEL', 'RETRY', 'UNHEARD_OF', 'BREAK'],
  replies: {},
})

/** What an orchestrator of the old code can drive, and one of the new. */
export const OLD: readonly Kind[] = [...commandes.slice(0, 1), booking('1', false), booking('1', true)]
export const NEW: readonly Kind[] = [...OLD, ...commandes.slice(1), booking('2', false)]
export const kinds: ReadonlyMap<string, Kind> = new Map(
  NEW.map((kind) => [`${kind.machine.id}@${kind.machine.version}`, kind]),
)

export interface PlannedSend {
  readonly atMs: number
  readonly type: string
  /** Sent again, to another orchestrator, under the same key. */
  readonly isRepeated: boolean
}

/** What an operator does to a saga, if it is there by then and looks as though it could be done. */
export interface PlannedVerb {
  readonly atMs: number
  readonly verb: Verb | 'migrate'
  readonly isRepeated: boolean
}

export interface PlannedSaga {
  readonly nr: number
  readonly machine: string
  readonly atMs: number
  /** Without an idempotency key its start is asked for once, and never again. */
  readonly hasKey: boolean
  /** Asked for at two orchestrators at once. */
  readonly isTwin: boolean
  readonly conduct: Participants['conduct']
  readonly sends: readonly PlannedSend[]
  readonly verbs: readonly PlannedVerb[]
}

export type Blow =
  | { readonly kind: 'crash' }
  /** Dies as its n-th message from now on leaves, or just behind it. */
  | { readonly kind: 'doom'; readonly messages: number }
  | { readonly kind: 'freeze'; readonly forMs: number }
  /** Frozen, taken for dead, and begun anew under its name. */
  | { readonly kind: 'usurp'; readonly forMs: number }
  | { readonly kind: 'cut'; readonly from: 'database' | 'participants'; readonly forMs: number }
  | { readonly kind: 'database away'; readonly forMs: number }
  | { readonly kind: 'clock set'; readonly byMs: number }
  | { readonly kind: 'restart'; readonly graceMs: number }
  | { readonly kind: 'namesake' }
  | { readonly kind: 'join' }
  | { readonly kind: 'leave'; readonly graceMs: number }

interface PlannedBlow {
  readonly atMs: number
  /** Whom it strikes, of those that are there. */
  readonly who: number
  readonly blow: Blow
}

/** How bad the network is, in probabilities per message. */
interface Rates {
  readonly slow: number
  readonly lost: number
  /** Comes behind the patience of who sent it. */
  readonly late: number
  readonly twice: number
}

export interface Plan {
  readonly orchestrators: number
  readonly partitions: number
  readonly leaseMs: number
  /** How long the store may take to answer before its caller gives up. */
  readonly patienceMs: { readonly lease: number; readonly store: number; readonly participant: number }
  readonly inFlight: number
  /** Until then blows fall and the network is bad; then all heals. */
  readonly stormMs: number
  /** Some run the old code at first. */
  readonly isUpgraded: boolean
  /** The new code is there at all. */
  readonly isNew: boolean
  readonly rates: Rates
  readonly sagas: readonly PlannedSaga[]
  readonly blows: readonly PlannedBlow[]
}

export function draw(dice: Dice): Plan {
  const leaseMs = dice.whole(800, 2_400)
  const stormMs = dice.whole(3_000, 9_000)
  const isUpgraded = dice.chance(0.15)
  const isNew = isUpgraded || dice.chance(0.6)
  const badness = dice.chance(0.3) ? 0 : dice.skewed(0.002, 0.08)
  return {
    orchestrators: dice.whole(2, 4),
    partitions: dice.whole(3, 8),
    leaseMs,
    patienceMs: {
      lease: leaseMs * dice.between(0.2, 1.5),
      store: dice.between(300, 4_000),
      participant: dice.between(200, 2_000),
    },
    inFlight: dice.chance(0.2) ? dice.whole(1, 3) : 50,
    stormMs,
    isUpgraded,
    isNew,
    rates: {
      slow: badness * 2,
      lost: badness,
      late: badness / 2,
      twice: badness,
    },
    sagas: Array.from({ length: dice.whole(3, 7) }, (_, nr) =>
      drawSaga(dice, nr + 1, { stormMs, isUpgraded }),
    ),
    blows: Array.from({ length: dice.whole(0, 7) }, () => ({
      atMs: dice.between(200, stormMs),
      who: dice.whole(0, 7),
      blow: drawBlow(dice, leaseMs),
    })).toSorted((a, b) => a.atMs - b.atMs),
  }
}

function drawSaga(
  dice: Dice,
  nr: number,
  { stormMs, isUpgraded }: Pick<Plan, 'stormMs' | 'isUpgraded'>,
): PlannedSaga {
  const names: [string, ...string[]] = ['commande', 'commande', 'booking', 'patient-booking']
  const machine = isUpgraded ? dice.pick(['booking', 'commande']) : dice.pick(names)
  const kind = OLD.find(({ machine: { id } }) => id === machine)
  if (kind === undefined) throw new Error(`there is no machine ${machine}`)
  const atMs = dice.between(0, stormMs * 0.7)
  const hasKey = dice.chance(0.8)
  return {
    nr,
    machine,
    atMs,
    hasKey,
    isTwin: hasKey && dice.chance(0.3),
    conduct: drawConduct(dice, kind.steps),
    sends: Array.from({ length: dice.chance(0.6) ? dice.whole(1, 4) : 0 }, () => ({
      atMs: atMs + dice.skewed(1, stormMs),
      type: dice.pick(kind.events),
      isRepeated: dice.chance(0.4),
    })),
    verbs: Array.from({ length: dice.chance(0.4) ? dice.whole(1, 3) : 0 }, () => ({
      atMs: atMs + dice.skewed(1, stormMs),
      verb: dice.pick(VERBS),
      isRepeated: dice.chance(0.4),
    })),
  }
}

/** Those that seldom find what they need come oftener. */
const VERBS: readonly [PlannedVerb['verb'], ...PlannedVerb['verb'][]] = [
  'retry',
  'skip',
  'skip',
  'complete',
  'complete',
  'migrate',
  'migrate',
  'migrate',
  'migrate',
  'compensate',
  'cancel',
  'abandon',
]

const TROUBLES: [Conduct, ...Conduct[]] = [
  'refuses',
  'unreachable',
  'does it, answer lost',
  'nothing done, answer lost',
  'does it in silence',
]

/** Trouble with one of the steps, or none; then, often, with compensations too: the saga parks for a while. */
function drawConduct(dice: Dice, steps: readonly string[]): Participants['conduct'] {
  const conduct: Record<string, readonly Conduct[]> = {}
  if (dice.chance(0.55)) return conduct
  const [first = '', ...others] = steps
  const trouble = dice.pick(TROUBLES)
  // Done in an earlier life of its orchestrator, perhaps, and in trouble when it is called again.
  conduct[dice.pick([first, ...others])] = dice.chance(0.3) ? ['does it', trouble] : [trouble]
  for (const step of steps) {
    if (!dice.chance(0.35)) continue
    const troubles = Array.from({ length: dice.whole(1, 3) }, () => dice.pick(TROUBLES))
    // A compensation is never refused.
    const tries = troubles.map((trouble) => (trouble === 'refuses' ? 'unreachable' : trouble))
    conduct[`${step}:undo`] = [...tries, 'does it']
  }
  return conduct
}

const HOUR_MS = 3_600_000

function drawBlow(dice: Dice, leaseMs: number): Blow {
  const forMs = dice.skewed(leaseMs * 0.1, leaseMs * 3)
  const graceMs = dice.pick([0, dice.between(0, 300), dice.between(300, 3_000)])
  return dice.pick<Blow>([
    { kind: 'crash' },
    { kind: 'doom', messages: dice.whole(1, 40) },
    { kind: 'doom', messages: dice.whole(1, 40) },
    { kind: 'freeze', forMs },
    { kind: 'freeze', forMs },
    { kind: 'usurp', forMs },
    { kind: 'cut', from: 'database', forMs },
    { kind: 'cut', from: 'participants', forMs },
    { kind: 'database away', forMs },
    { kind: 'clock set', byMs: dice.pick([-HOUR_MS, HOUR_MS, dice.between(-5_000, 5_000)]) },
    { kind: 'restart', graceMs },
    { kind: 'restart', graceMs },
    { kind: 'namesake' },
    { kind: 'join' },
    { kind: 'leave', graceMs },
  ])
}
