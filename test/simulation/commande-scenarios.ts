/** What can befall a commande: refusals, doubts, silence and operators, at each of its steps. */
import { machines } from '../../machines/registry.ts'
import type { Conduct } from './ledger.ts'
import type { End, OperatorMove, Scenario } from './simulation.ts'
import type { Participants } from './steps.ts'

const STEPS = ['lock', 'reserve', 'create'] as const
const DONE_EVENTS = { lock: 'PANIER_VERROUILLE', reserve: 'STOCK_RESERVE', create: 'VENTE_CREEE' }
const UNDONE_EVENTS = { lock: 'PANIER_DEVERROUILLE', reserve: 'STOCK_LIBERE', create: 'VENTE_ANNULEE' }

const DONE: End = {
  status: 'done',
  standing: [...STEPS],
  events: ['COMMANDE_CREEE', 'PANIER_VERROUILLE', 'STOCK_RESERVE', 'VENTE_CREEE', 'TERMINEE'],
}

/** The first `known` steps were told to be done; the first `begun` of them all are undone. */
function failedAfter(known: number, begun: number): End {
  return {
    status: 'failed',
    standing: [],
    events: [
      'COMMANDE_CREEE',
      ...STEPS.slice(0, known).map((step) => DONE_EVENTS[step]),
      ...STEPS.slice(0, begun)
        .toReversed()
        .map((step) => UNDONE_EVENTS[step]),
      'FAILED',
    ],
  }
}

const LIGNES = [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }]

interface Happening {
  readonly conduct?: Participants['conduct']
  readonly late?: readonly string[]
  readonly operator?: readonly OperatorMove[]
  readonly ends: Scenario['ends']
}

function commandeScenario(name: string, { conduct = {}, late = [], operator, ends }: Happening): Scenario {
  const machine = machines.find(({ machine }) => machine.id === 'commande')
  if (machine === undefined) throw new Error('the registry has no commande')
  return {
    name,
    machine,
    input: { cart_id: '0197c0de-0000-7000-8000-000000000001', magasin_id: 101 },
    participants: {
      conduct,
      late,
      replies: { lock: { lignes: LIGNES }, reserve: { reservation_id: 'saga-1' }, create: { vente_id: 7 } },
    },
    ...(operator !== undefined && { operator }),
    ends,
  }
}

const DOUBTS: Conduct[] = ['does it, answer lost', 'nothing done, answer lost']

export const happy = commandeScenario('a commande that nothing befalls', { ends: [DONE] })

const refusals = STEPS.map((step, at) =>
  commandeScenario(`a commande whose ${step} is refused`, {
    conduct: { [step]: ['refuses'] },
    ends: [failedAfter(at, at)],
  }),
)

const doubts = STEPS.flatMap((step, at) =>
  DOUBTS.map((doubt) =>
    commandeScenario(`a commande whose ${step} ends in doubt (${doubt})`, {
      conduct: { [step]: [doubt] },
      ends: [failedAfter(at, at + 1)],
    }),
  ),
)

const unreachables = STEPS.map((step, at) =>
  commandeScenario(`a commande whose ${step} can't be reached`, {
    conduct: { [step]: ['unreachable'] },
    // An attempt of an earlier life, which nobody saw, makes it one in doubt.
    ends: [failedAfter(at, at), failedAfter(at, at + 1)],
  }),
)

const FAILURES = 3

/** Each compensation fails some times before it succeeds; the saga parks, and tries again by itself. */
const parkings = STEPS.map((step) =>
  commandeScenario(`a commande whose compensation of ${step} fails ${FAILURES} times, then succeeds`, {
    conduct: {
      create: ['does it, answer lost'],
      [`${step}:undo`]: [...Array.from({ length: FAILURES }, () => DOUBTS[1] ?? 'refuses'), 'does it'],
    },
    ends: [failedAfter(2, 3)],
  }),
)

const retries = STEPS.map((step) =>
  commandeScenario(`a commande parked in undoing.${step} that an operator sends on by RETRY`, {
    conduct: { create: ['nothing done, answer lost'], [`${step}:undo`]: ['unreachable', 'does it'] },
    operator: [{ state: 'parked', event: { type: 'RETRY' } }],
    ends: [failedAfter(2, 3)],
  }),
)

/** A fault may swallow the CANCEL before anybody heard of it, or hold it up: then it finds the saga further on. */
function cancelledFrom(at: number): [End, ...End[]] {
  const later = STEPS.map((_, index) => failedAfter(index, index + 1)).slice(at + 1)
  return [failedAfter(at, at + 1), ...later, DONE]
}

/** CANCEL is heard before the call of a step arrives, behind its effect, and just before its answer. */
const cancels = STEPS.flatMap((step, at) =>
  [0, 2, 4].map((patienceMs) =>
    commandeScenario(`a commande cancelled in doing.${step}, after ${patienceMs} ms`, {
      operator: [{ state: `doing.${step}`, event: { type: 'CANCEL' }, patienceMs }],
      ends: cancelledFrom(at),
    }),
  ),
)

export const lateActions = STEPS.map((step, at) =>
  commandeScenario(`a commande cancelled in doing.${step} whose call arrives behind its compensation`, {
    late: [step],
    operator: [{ state: `doing.${step}`, event: { type: 'CANCEL' }, patienceMs: 2 }],
    ends: cancelledFrom(at),
  }),
)

const ignoredCancels = [...STEPS.map((step) => `undoing.${step}`), 'parked'].map((state) =>
  commandeScenario(`a commande that is cancelled in ${state}, where nobody listens`, {
    conduct: { create: ['nothing done, answer lost'], 'reserve:undo': ['unreachable', 'does it'] },
    operator: [{ state, event: { type: 'CANCEL' } }],
    ends: [failedAfter(2, 3)],
  }),
)

export const commandeScenarios: readonly Scenario[] = [
  happy,
  ...refusals,
  ...doubts,
  ...unreachables,
  ...parkings,
  ...retries,
  ...cancels,
  ...lateActions,
  ...ignoredCancels,
]
