// Every state of both versions of a commande, and what each verb does there: written down by hand.
import {
  left,
  lignesOf,
  refused,
  reservationOf,
  sold,
  undone,
  venteOf,
  type End,
  type Row,
  type Situation,
} from './table.ts'

type Version = '1' | '2'

/** v1 knows CANCEL only, whoever it was that stopped it. */
const compensated = (version: Version): End => (version === '1' ? undone : { ...undone, code: 'COMPENSATED' })

const to = (version: Version) => () => ({ to: version === '1' ? '2' : '1' })

const onTheWay = (step: string) => ({ complete: [step], compensate: [], cancel: [], abandon: [] })
const onTheWayBack = (step: string) => ({ skip: [step], abandon: [] })

/** Of a step whose call is open, with its work done: the answer comes when all is over. */
function forward(version: Version): Situation[] {
  const stops = (state: string): Row[] => [
    { verb: 'compensate', to: state, end: compensated(version) },
    { verb: 'cancel', to: state, end: undone },
  ]
  return [
    {
      name: 'doing.lock',
      place: { state: 'doing.lock', held: { by: 'carts', event: 'LOCK_CART SUCCESS' } },
      open: 'lock',
      possible: onTheWay('lock'),
      rows: [
        ...refused(sold, 'retry', 'skip'),
        { verb: 'complete', body: lignesOf, to: 'doing.reserve', end: sold },
        ...stops('undoing.lock'),
        { verb: 'abandon', to: 'doing.lock', end: left('LOCKED', 10, 0) },
        { verb: 'migrate', body: to(version), to: 'doing.lock', end: sold },
      ],
    },
    {
      name: 'doing.reserve',
      place: { state: 'doing.reserve', held: { by: 'stocks', event: 'CREATE_RESERVATION SUCCESS' } },
      open: 'reserve',
      possible: onTheWay('reserve'),
      rows: [
        ...refused(sold, 'retry', 'skip'),
        { verb: 'complete', body: reservationOf, to: 'doing.create', end: sold },
        ...stops('undoing.reserve'),
        { verb: 'abandon', to: 'doing.reserve', end: left('LOCKED', 8, 0) },
        { verb: 'migrate', body: to(version), to: 'doing.reserve', end: sold },
      ],
    },
    {
      name: 'doing.create',
      place: { state: 'doing.create', held: { by: 'produits', event: 'CREATE_VENTE SUCCESS' } },
      open: 'create',
      possible: onTheWay('create'),
      rows: [
        ...refused(sold, 'retry', 'skip'),
        { verb: 'complete', body: venteOf, to: 'done', end: sold },
        ...stops('undoing.create'),
        { verb: 'abandon', to: 'doing.create', end: left('LOCKED', 8, 1) },
        { verb: 'migrate', body: to(version), to: 'doing.create', end: sold },
      ],
    },
  ]
}

/** Cancelled, with the call of a compensation open and its work done. */
function backward(version: Version): Situation[] {
  const rows = (state: string, next: string, end: End): Row[] => [
    ...refused(undone, 'retry', 'complete', 'compensate', 'cancel'),
    { verb: 'skip', to: next, end: undone },
    { verb: 'abandon', to: state, end },
    { verb: 'migrate', body: to(version), to: state, end: undone },
  ]
  return [
    {
      name: 'undoing.create',
      place: { state: 'undoing.create', held: { by: 'produits', event: 'DELETE_VENTE SUCCESS' } },
      open: 'undo create',
      possible: onTheWayBack('create'),
      rows: rows('undoing.create', 'undoing.reserve', left('LOCKED', 8, 0)),
    },
    {
      name: 'undoing.reserve',
      place: { state: 'undoing.reserve', held: { by: 'stocks', event: 'RELEASE_RESERVATION SUCCESS' } },
      open: 'undo reserve',
      possible: onTheWayBack('reserve'),
      rows: rows('undoing.reserve', 'undoing.lock', left('LOCKED', 10, 0)),
    },
    {
      name: 'undoing.lock',
      place: { state: 'undoing.lock', held: { by: 'carts', event: 'UNLOCK_CART SUCCESS' } },
      open: 'undo lock',
      possible: onTheWayBack('lock'),
      rows: rows('undoing.lock', 'failed', left('OPEN', 10, 0)),
    },
  ]
}

/** Parked, for a compensation that failed three times: nothing of it has been done. */
function parked(version: Version): Situation[] {
  const [state, other] = version === '1' ? ['parked', 'parked.undoing'] : ['parked.undoing', 'parked']
  const situation = (step: string, next: string, end: End): Situation => ({
    name: `parked in undoing.${step}`,
    place: { state, failing: `undo ${step}` },
    possible: { retry: version === '2' && step !== 'create' ? [step] : [], skip: [step], abandon: [] },
    rows: [
      { verb: 'retry', to: `undoing.${step}`, end: undone },
      { verb: 'skip', byHand: step, to: next, end: undone },
      ...refused(undone, 'complete', 'compensate', 'cancel'),
      { verb: 'abandon', to: state, end },
      { verb: 'migrate', body: to(version), to: other, end: undone },
    ],
  })
  return [
    situation('create', 'undoing.reserve', left('LOCKED', 8, 1)),
    situation('reserve', 'undoing.lock', left('LOCKED', 8, 0)),
    situation('lock', 'failed', left('LOCKED', 10, 0)),
  ]
}

/** Of v2 only: the vente stands, and its answer was lost three times. */
const parkedForward: Situation = {
  name: 'parked in doing.create',
  place: { state: 'parked.doing', lost: 'create' },
  possible: { retry: [], complete: ['create'], compensate: [], cancel: [], abandon: [] },
  rows: [
    { verb: 'retry', to: 'doing.create', end: sold },
    { verb: 'complete', body: venteOf, to: 'done', end: sold },
    { verb: 'compensate', to: 'undoing.create', end: compensated('2') },
    { verb: 'cancel', to: 'undoing.create', end: undone },
    { verb: 'abandon', to: 'parked.doing', end: left('LOCKED', 8, 1) },
    ...refused(sold, 'skip'),
    { verb: 'migrate', body: to('2'), end: sold },
  ],
}

/** Parked by the engine, for the machine threw on the answer to `lock`: the cart is locked. */
function broken(version: Version): Situation {
  return {
    name: 'doing.lock, parked by the engine',
    place: { state: 'doing.lock', spoilt: 'lock' },
    possible: { retry: [], ...onTheWay('lock') },
    rows: [
      { verb: 'retry', to: 'doing.lock', end: sold },
      { verb: 'complete', body: lignesOf, to: 'doing.reserve', end: sold },
      { verb: 'compensate', to: 'undoing.lock', end: compensated(version) },
      { verb: 'cancel', to: 'undoing.lock', end: undone },
      { verb: 'abandon', to: 'doing.lock', end: left('LOCKED', 10, 0) },
      { verb: 'migrate', body: to(version), to: 'doing.lock', end: sold },
    ],
  }
}

function ended(version: Version): Situation[] {
  const none = ['retry', 'skip', 'complete', 'compensate', 'cancel', 'abandon'] as const
  const migrate = (end: End): Row => ({ verb: 'migrate', body: to(version), end })
  const failed: End = { ...undone, stock: 1, code: 'stock_insuffisant' }
  return [
    {
      name: 'done',
      place: { state: 'DONE' },
      possible: {},
      rows: [...refused(sold, ...none), migrate(sold)],
    },
    {
      name: 'failed',
      place: { state: 'FAILED' },
      possible: {},
      rows: [...refused(failed, ...none), migrate(failed)],
    },
  ]
}

export const situationsOf = (version: Version): Situation[] => [
  ...forward(version),
  ...backward(version),
  ...parked(version),
  ...(version === '2' ? [parkedForward] : []),
  broken(version),
  ...ended(version),
]
