import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import type { AnyEventObject } from 'xstate'
import {
  begunIn,
  byName,
  doneOf,
  errorOf,
  isUndo,
  leavesOf,
  STEPS,
  tell,
  titleOf,
  walk,
  type Failure,
  type StepName,
} from '../walk.ts'
import { commande } from './chart.ts'

const { reached, stories, events } = walk(commande, {
  sent: ['CANCEL', 'COMPENSATE', 'RETRY'],
  forward: ['refused', 'unreachable', 'in doubt', 'silent', 'refused at last'],
  // A chart that told them apart here would leave behind what it can't undo.
  back: ['in doubt'],
})

const SOON = { type: 'xstate.after.soon.commande.parked.doing' }
const AGAIN = { type: 'xstate.after.nextTry.commande.parked.undoing' }
const TO_CREATE = [doneOf('lock'), doneOf('reserve')]

t.test('every way through the chart ends in done or failed, and none ends before', async (t) => {
  t.ok(reached.length > 60, `${reached.length} states`)
  const ends = reached.filter((state) => events(state).length === 0)
  t.same(
    ends.filter(({ status }) => status !== 'done').map(({ value }) => value),
    [],
  )
  t.same(new Set(ends.map(({ value }) => value)), new Set(['done', 'failed']))
  // Where there is a way on from each state, and no state but these has none, each has a way to an end.
  t.ok(stories.length > 1_000, `${stories.length} ways`)
})

t.test('every state of the chart is reached', async (t) => {
  const names = new Set(reached.flatMap(({ value }) => leavesOf(value)))
  t.same([...names].toSorted(byName), [
    'doing.create',
    'doing.lock',
    'doing.reserve',
    'done',
    'failed',
    'parked.doing',
    'parked.undoing',
    'undoing.create',
    'undoing.lock',
    'undoing.reserve',
  ])
})

t.test('every failing way undoes what was begun, in reverse order, and nothing else', async (t) => {
  const astray: string[] = []
  for (const { events, calls, end } of stories.filter(({ end }) => end.value === 'failed')) {
    const undone = calls.filter(isUndo)
    const onceEach = undone.filter((call, index) => call !== undone[index - 1])
    const expected = begunIn(events, calls)
      .toReversed()
      .map((step) => `undo-${step}`)
    if (!isDeepStrictEqual(onceEach, expected)) astray.push(`${titleOf(events)}: ${onceEach.join(', ')}`)
    if (end.output?.error?.code === undefined) astray.push(`${titleOf(events)}: no error`)
  }
  t.same(astray, [])
})

t.test(
  'a call is made again only by RETRY or the timer of parked, and only create on the way forward',
  async (t) => {
    const astray: string[] = []
    for (const { events, calls } of stories) {
      const again = calls.filter((call, index) => calls[index - 1] === call)
      const sentOn = events.filter(({ type }) => type === 'RETRY' || type.startsWith('xstate.after'))
      if (again.length !== sentOn.length) astray.push(titleOf(events))
      if (again.some((call) => !isUndo(call) && call !== 'create')) astray.push(titleOf(events))
    }
    t.same(astray, [])
  },
)

const TOLD_BY: Record<string, string> = {
  'xstate.done.actor.lock': 'PANIER_VERROUILLE',
  'xstate.done.actor.reserve': 'STOCK_RESERVE',
  'xstate.done.actor.create': 'VENTE_CREEE',
  'xstate.done.actor.undo-create': 'VENTE_ANNULEE',
  'xstate.done.actor.undo-reserve': 'STOCK_LIBERE',
  'xstate.done.actor.undo-lock': 'PANIER_DEVERROUILLE',
}

t.test('the business hears of each thing done, as it is done, and of the end', async (t) => {
  const astray: string[] = []
  for (const { events, emitted, end } of stories) {
    const expected = [
      'COMMANDE_CREEE',
      ...events.flatMap(({ type }) => TOLD_BY[type] ?? []),
      end.value === 'done' ? 'TERMINEE' : 'FAILED',
    ]
    if (!isDeepStrictEqual(emitted, expected)) astray.push(`${titleOf(events)}: ${emitted.join(', ')}`)
  }
  t.same(astray, [])
})

t.test('however often create was in doubt, a commande that is done is done as any other', async (t) => {
  const done = stories.filter(({ end }) => end.value === 'done')
  t.ok(done.length > 10, `${done.length} ways to done`)
  for (const { emitted, calls, end } of done) {
    t.same(emitted, ['COMMANDE_CREEE', 'PANIER_VERROUILLE', 'STOCK_RESERVE', 'VENTE_CREEE', 'TERMINEE'])
    t.same([...new Set(calls)], STEPS)
    t.same(end.output, { vente_id: 7, error: null })
    t.equal(end.context.parked, null)
  }
})

/** Where create leads that meets these, one after the other, with a short wait between them. */
function afterCreate(...met: (Failure | 'done')[]) {
  const answers = met.map((one) => (one === 'done' ? doneOf('create') : errorOf('create', one)))
  const waits = answers.flatMap((answer, index) => (index === 0 ? [answer] : [SOON, answer]))
  return tell(commande, [...TO_CREATE, ...waits])
}

t.test(
  'create in doubt is asked again after 0.5 s, 1 s and 2 s, and undone behind the last try',
  async (t) => {
    const worn = afterCreate('in doubt', 'in doubt', 'in doubt', 'in doubt')
    t.same(worn.delays, [500, 1_000, 2_000])
    t.same(worn.calls.slice(2), ['create', 'create', 'create', 'create', 'undo-create'])
    t.match(worn.end.context, { error: { code: 'ECONNRESET', step: 'create' }, parked: null })
    t.same(afterCreate('in doubt', 'in doubt', 'done').end.value, 'done')
  },
)

t.test(
  'a refusal is undone at once; behind a try in doubt, with the vente that it may have made',
  async (t) => {
    t.same(afterCreate('refused').end.value, { undoing: 'reserve' })
    t.same(afterCreate('refused at last').end.value, { undoing: 'create' })
    t.same(afterCreate('in doubt', 'refused').end.value, { undoing: 'create' })
    t.same(afterCreate('in doubt', 'refused at last').end.value, { undoing: 'create' })
  },
)

t.test('a participant that is silent may do it late: undone at once', async (t) => {
  const { end } = afterCreate('silent')
  t.same(end.value, { undoing: 'create' })
  t.match(end.context, { error: { code: 'ETIMEDOUT' }, parked: null })
  t.same(afterCreate('in doubt', 'silent').end.value, { undoing: 'create' })
})

t.test('a participant that is down surely did nothing; behind a try in doubt it is waited for', async (t) => {
  t.same(afterCreate('unreachable').end.value, { undoing: 'reserve' })
  t.same(afterCreate('in doubt', 'unreachable').end.value, { parked: 'doing' })
  t.same(afterCreate('in doubt', 'unreachable', 'done').end.value, 'done')
  t.same(afterCreate('in doubt', 'unreachable', 'unreachable', 'unreachable').end.value, {
    undoing: 'create',
  })
})

t.test('it can be stopped on its way forward, and sent on while it is parked', async (t) => {
  for (const state of reached) {
    const [leaf = ''] = leavesOf(state.value)
    const goesForward = leaf.startsWith('doing.') || leaf === 'parked.doing'
    t.equal(state.can({ type: 'CANCEL' }), goesForward, `CANCEL in ${leaf}`)
    t.equal(state.can({ type: 'COMPENSATE' }), goesForward, `COMPENSATE in ${leaf}`)
    t.equal(state.can({ type: 'RETRY' }), leaf.startsWith('parked.'), `RETRY in ${leaf}`)
  }
})

/** What is told of the end of a commande that is stopped there, in create or behind it. */
function stopped(event: AnyEventObject, ...before: AnyEventObject[]): unknown {
  return tell(commande, [...TO_CREATE, ...before, event]).end.context.error
}

t.test('who stopped it, and why, is told with its end', async (t) => {
  const [actor, reason] = ['anne', 'sold twice']
  t.same(stopped({ type: 'CANCEL' }), {
    name: 'Cancelled',
    message: 'The commande was cancelled.',
    code: 'CANCELLED',
    step: 'cancel',
    inDoubt: false,
  })
  t.match(stopped({ type: 'CANCEL', actor }), { message: 'The commande was cancelled by anne.' })
  t.same(stopped({ type: 'COMPENSATE', actor, reason }, errorOf('create', 'in doubt')), {
    name: 'Compensated',
    message: 'The commande was compensated by anne (sold twice).',
    code: 'COMPENSATED',
    step: 'compensate',
    inDoubt: false,
  })
})

const failing = (call: string, times: number) =>
  Array.from({ length: times }, () => [errorOf(call, 'in doubt'), AGAIN]).flat()

const toUndoing = (step: StepName): AnyEventObject[] => [
  ...STEPS.slice(0, STEPS.indexOf(step)).map(doneOf),
  errorOf(step, 'in doubt'),
]

t.test(
  'a compensation is tried again after 1 s, 2 s, 4 s, at most 5 min, anew for each of them',
  async (t) => {
    const { delays } = tell(commande, [...toUndoing('reserve'), ...failing('undo-reserve', 10)])
    t.same(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000])
    const anew = tell(commande, [
      ...TO_CREATE,
      errorOf('create', 'in doubt'),
      SOON,
      errorOf('create', 'in doubt'),
      { type: 'CANCEL' },
      ...failing('undo-create', 2),
      doneOf('undo-create'),
      ...failing('undo-reserve', 2),
    ])
    t.same(anew.delays, [500, 1_000, 1_000, 2_000, 1_000, 2_000])
  },
)
