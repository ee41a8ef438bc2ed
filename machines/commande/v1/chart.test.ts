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
  type StepName,
} from '../walk.ts'
import { commande } from './chart.ts'

const { reached, stories, events } = walk(commande, {
  sent: ['CANCEL', 'RETRY'],
  forward: ['refused', 'in doubt'],
  back: ['refused', 'in doubt'],
})

t.test('every way through the chart ends in done or failed, and none ends before', async (t) => {
  t.ok(reached.length > 30, `${reached.length} states`)
  const ends = reached.filter((state) => events(state).length === 0)
  t.same(
    ends.filter(({ status }) => status !== 'done').map(({ value }) => value),
    [],
  )
  t.same(new Set(ends.map(({ value }) => value)), new Set(['done', 'failed']))
  // Where there is a way on from each state, and no state but these has none, each has a way to an end.
  t.ok(stories.length > 50, `${stories.length} ways`)
})

t.test('every state of the chart is reached', async (t) => {
  const names = new Set(reached.flatMap(({ value }) => leavesOf(value)))
  t.same([...names].toSorted(byName), [
    'doing.create',
    'doing.lock',
    'doing.reserve',
    'done',
    'failed',
    'parked',
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

t.test('a compensation is called again only by RETRY or the timer of parked', async (t) => {
  const astray: string[] = []
  for (const { events, calls } of stories) {
    const again = calls.filter((call, index) => isUndo(call) && calls[index - 1] === call)
    const sentOn = events.filter(({ type }) => type === 'RETRY' || type.startsWith('xstate.after'))
    if (again.length !== sentOn.length) astray.push(titleOf(events))
  }
  t.same(astray, [])
})

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
  const happy = stories.filter(({ end }) => end.value === 'done')
  t.same(
    happy.map(({ emitted }) => emitted),
    [['COMMANDE_CREEE', 'PANIER_VERROUILLE', 'STOCK_RESERVE', 'VENTE_CREEE', 'TERMINEE']],
    'there is one way to done',
  )
  t.same(happy[0]?.end.output, { vente_id: 7, error: null })
})

t.test('CANCEL is heard while something is being done, RETRY while it is parked', async (t) => {
  for (const state of reached) {
    const [leaf = ''] = leavesOf(state.value)
    t.equal(state.can({ type: 'CANCEL' }), leaf.startsWith('doing.'), `CANCEL in ${leaf}`)
    t.equal(state.can({ type: 'RETRY' }), leaf === 'parked', `RETRY in ${leaf}`)
  }
})

const toUndoing = (step: StepName): AnyEventObject[] => [
  ...STEPS.slice(0, STEPS.indexOf(step)).map(doneOf),
  errorOf(step, 'in doubt'),
]

t.test(
  'the automatic tries come after 1 s, 2 s, 4 s, at most 5 min, anew for each compensation',
  async (t) => {
    const again = { type: 'xstate.after.nextTry.parked' }
    const failing = (call: string, times: number) =>
      Array.from({ length: times }, () => [errorOf(call, 'in doubt'), again]).flat()
    const { delays } = tell(commande, [...toUndoing('reserve'), ...failing('undo-reserve', 10)])
    t.same(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000])
    const anew = tell(commande, [
      ...toUndoing('reserve'),
      ...failing('undo-reserve', 2),
      doneOf('undo-reserve'),
      ...failing('undo-lock', 2),
    ])
    t.same(anew.delays, [1_000, 2_000, 1_000, 2_000])
  },
)
