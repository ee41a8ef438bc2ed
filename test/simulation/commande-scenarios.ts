/** What can befall a commande, of each version: refusals, doubts, silence and operators, at each of its steps. */
import { machines, type RegisteredMachine } from '../../machines/registry.ts'
import type { Conduct } from './ledger.ts'
import type { End, OperatorMove, Scenario } from './simulation.ts'
import type { Participants } from './steps.ts'

const STEPS = ['lock', 'reserve', 'create'] as const
const DONE_EVENTS = { lock: 'PANIER_VERROUILLE', reserve: 'STOCK_RESERVE', create: 'VENTE_CREEE' }
const UNDONE_EVENTS = { lock: 'PANIER_DEVERROUILLE', reserve: 'STOCK_LIBERE', create: 'VENTE_ANNULEE' }

export const DONE: End = {
  status: 'done',
  standing: [...STEPS],
  events: ['COMMANDE_CREEE', 'PANIER_VERROUILLE', 'STOCK_RESERVE', 'VENTE_CREEE', 'TERMINEE'],
}

/** The first `known` steps were told to be done; the first `begun` of them all are undone. */
export function failedAfter(known: number, begun: number): End {
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

export type Version = '1' | '2'

export function commandeOf(version: Version): RegisteredMachine {
  const found = machines.find(({ machine }) => machine.id === 'commande' && machine.version === version)
  if (found === undefined) throw new Error(`the registry has no commande ${version}`)
  return found
}

export interface Happening {
  readonly conduct?: Participants['conduct']
  readonly late?: readonly string[]
  readonly operator?: readonly OperatorMove[]
  readonly ends: Scenario['ends']
}

export function commandeScenario(
  version: Version,
  name: string,
  { conduct = {}, late = [], operator, ends }: Happening,
): Scenario {
  return {
    name: `a commande of v${version} ${name}`,
    machine: commandeOf(version),
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

const LOST = 'does it, answer lost'
const SILENT = 'does it in silence'
const NOTHING = 'nothing done, answer lost'
const DOUBTS: readonly Conduct[] = [LOST, NOTHING]
const FAILURES = 3

/** Where each version waits for the next try of a compensation. */
const PARKED_BACK = { 1: 'parked', 2: 'parked.undoing' } as const

/** A fault may swallow what stops it before anybody heard of it, or hold it up: then it finds the saga further on. */
function stoppedFrom(at: number): [End, ...End[]] {
  const later = STEPS.map((_, index) => failedAfter(index, index + 1)).slice(at + 1)
  return [failedAfter(at, at + 1), ...later, DONE]
}

function forward(version: Version): Scenario[] {
  return [
    commandeScenario(version, 'that nothing befalls', { ends: [DONE] }),
    ...STEPS.map((step, at) =>
      commandeScenario(version, `whose ${step} is refused`, {
        conduct: { [step]: ['refuses'] },
        ends: [failedAfter(at, at)],
      }),
    ),
    ...STEPS.flatMap((step, at) =>
      DOUBTS.map((doubt) =>
        commandeScenario(version, `whose ${step} stays in doubt (${doubt})`, {
          conduct: { [step]: [doubt] },
          ends: [failedAfter(at, at + 1)],
        }),
      ),
    ),
    ...STEPS.map((step, at) =>
      commandeScenario(version, `whose ${step} can't be reached`, {
        conduct: { [step]: ['unreachable'] },
        // An attempt of an earlier life, which nobody saw, makes it one in doubt.
        ends: [failedAfter(at, at), failedAfter(at, at + 1)],
      }),
    ),
  ]
}

function back(version: Version): Scenario[] {
  const parked = PARKED_BACK[version]
  return [
    // Each compensation fails some times before it succeeds; the saga parks, and tries again by itself.
    ...STEPS.map((step) =>
      commandeScenario(version, `whose compensation of ${step} fails ${FAILURES} times, then succeeds`, {
        conduct: {
          create: [LOST],
          [`${step}:undo`]: [...Array.from({ length: FAILURES }, (): Conduct => NOTHING), 'does it'],
        },
        ends: [failedAfter(2, 3)],
      }),
    ),
    ...STEPS.map((step) =>
      commandeScenario(version, `parked in undoing.${step} that an operator sends on by RETRY`, {
        conduct: { create: [NOTHING], [`${step}:undo`]: ['unreachable', 'does it'] },
        operator: [{ state: parked, event: { type: 'RETRY' } }],
        ends: [failedAfter(2, 3)],
      }),
    ),
    ...[...STEPS.map((step) => `undoing.${step}`), parked].map((state) =>
      commandeScenario(version, `that is cancelled in ${state}, where nobody listens`, {
        conduct: { create: [NOTHING], 'reserve:undo': ['unreachable', 'does it'] },
        operator: [{ state, event: { type: 'CANCEL' } }],
        ends: [failedAfter(2, 3)],
      }),
    ),
  ]
}

/** The event is heard before the call of a step arrives, behind its effect, and just before its answer. */
function stopped(version: Version, type: string, patiences = [0, 2, 4]): Scenario[] {
  return STEPS.flatMap((step, at) =>
    patiences.map((patienceMs) =>
      commandeScenario(version, `stopped by ${type} in doing.${step}, after ${patienceMs} ms`, {
        operator: [{ state: `doing.${step}`, event: { type }, patienceMs }],
        ends: stoppedFrom(at),
      }),
    ),
  )
}

function stoppedLate(version: Version): Scenario[] {
  return STEPS.map((step, at) =>
    commandeScenario(version, `cancelled in doing.${step} whose call arrives behind its compensation`, {
      late: [step],
      operator: [{ state: `doing.${step}`, event: { type: 'CANCEL' }, patienceMs: 2 }],
      ends: stoppedFrom(at),
    }),
  )
}

/** What only v2 knows: create is asked again. Faults that come on top of it may wear out its tries. */
const askedAgain: readonly Scenario[] = [
  ...DOUBTS.flatMap((doubt) =>
    [1, 3].map((times) =>
      commandeScenario('2', `whose create is in doubt ${times} times (${doubt}), then answered`, {
        conduct: { create: [...Array.from({ length: times }, () => doubt), 'does it'] },
        ends: [DONE, failedAfter(2, 3)],
      }),
    ),
  ),
  commandeScenario('2', "whose create is in doubt, can't be reached, and is answered", {
    conduct: { create: [LOST, 'unreachable', 'unreachable', 'does it'] },
    ends: [DONE, failedAfter(2, 3)],
  }),
  commandeScenario('2', "whose create has made a vente, and can't be reached any more", {
    conduct: { create: [LOST, 'unreachable'] },
    ends: [failedAfter(2, 3)],
  }),
  commandeScenario('2', 'whose create is silent: it is undone at once', {
    conduct: { create: [SILENT] },
    ends: [failedAfter(2, 3)],
  }),
  commandeScenario('2', 'whose create is in doubt, then silent', {
    conduct: { create: [LOST, SILENT] },
    ends: [failedAfter(2, 3)],
  }),
  commandeScenario('2', 'whose create is in doubt, then refused', {
    conduct: { create: [NOTHING, 'refuses'] },
    // An earlier life may have met the doubt: then the refusal is all that this one knows.
    ends: [failedAfter(2, 3), failedAfter(2, 2)],
  }),
  commandeScenario('2', 'parked on its way forward that an operator sends on by RETRY', {
    conduct: { create: [LOST, 'does it'] },
    operator: [{ state: 'parked.doing', event: { type: 'RETRY' } }],
    ends: [DONE, failedAfter(2, 3)],
  }),
  ...['CANCEL', 'COMPENSATE'].map((type) =>
    commandeScenario('2', `parked on its way forward that is stopped by ${type}`, {
      conduct: { create: [LOST, 'does it'] },
      operator: [{ state: 'parked.doing', event: { type } }],
      ends: [failedAfter(2, 3), DONE],
    }),
  ),
]

const scenariosOf = (version: Version): Scenario[] => [
  ...forward(version),
  ...back(version),
  ...stopped(version, 'CANCEL'),
  ...stoppedLate(version),
]

export const happy = commandeScenario('2', 'that nothing befalls', { ends: [DONE] })
export const lateActions = stoppedLate('2')
const ofV1: readonly Scenario[] = scenariosOf('1')
const ofV2: readonly Scenario[] = [...scenariosOf('2'), ...stopped('2', 'COMPENSATE', [2]), ...askedAgain]
export const commandeScenarios: readonly Scenario[] = [...ofV1, ...ofV2]
