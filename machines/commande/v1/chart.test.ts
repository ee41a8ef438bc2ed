import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import {
  getNextTransitions,
  initialTransition,
  transition,
  type AnyEventObject,
  type EventFromLogic,
  type SnapshotFrom,
  type StateValue,
} from 'xstate'
import { getShortestPaths, getSimplePaths } from 'xstate/graph'
import { commande } from './chart.ts'
import type { StepFailure } from '../../step.ts'

type CommandeSnapshot = SnapshotFrom<typeof commande>
type CommandeEvent = EventFromLogic<typeof commande>

const SAGA = '0197c0de-0000-7000-8000-000000000001'
const input = { saga_id: SAGA, cart_id: '0197c0de-0000-7000-8000-00000000000c', magasin_id: 101 }
const STEPS = ['lock', 'reserve', 'create'] as const
type StepName = (typeof STEPS)[number]

const REPLIES: Record<string, unknown> = {
  lock: { lignes: [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }] },
  reserve: { reservation_id: SAGA },
  create: { vente_id: 7 },
}

function failure(step: string, inDoubt: boolean): StepFailure {
  const code = inDoubt ? 'TIMEOUT' : 'REFUSED'
  return { name: 'StepFailed', message: `${step} failed`, code, step, inDoubt }
}

const doneOf = (actorId: string) => ({
  type: `xstate.done.actor.${actorId}`,
  actorId,
  output: REPLIES[actorId] ?? null,
})
const errorOf = (actorId: string, inDoubt: boolean) => ({
  type: `xstate.error.actor.${actorId}`,
  actorId,
  error: failure(actorId, inDoubt),
})

/** How often in a row a compensation may fail on a path: the chart itself knows no end to it. */
const PARKED_MAX = 1

/** All that can befall a commande in this state; of it, what the chart listens to. */
function happenings(snapshot: CommandeSnapshot): CommandeEvent[] {
  const calls = Object.keys(snapshot.children)
  const timers = getNextTransitions(snapshot)
    .filter(({ eventType }) => eventType.startsWith('xstate.after.'))
    .map(({ eventType }) => ({ type: eventType }))
  const isWorn = (snapshot.context.parked?.tries ?? 0) >= PARKED_MAX
  const events: AnyEventObject[] = [
    ...calls.map(doneOf),
    ...calls.flatMap((call) =>
      isWorn && call.startsWith('undo') ? [] : [false, true].map((d) => errorOf(call, d)),
    ),
    { type: 'CANCEL' },
    { type: 'RETRY' },
    ...timers,
  ]
  return (events as CommandeEvent[]).filter((event) => snapshot.can(event))
}

const options = {
  input,
  events: happenings,
  serializeState: ({ value, context }: CommandeSnapshot) => JSON.stringify({ value, context }) as never,
}

interface Told {
  readonly end: CommandeSnapshot
  /** Steps and compensations in the order of their calls: `lock`, `undo-lock`, … */
  readonly calls: string[]
  readonly emitted: string[]
  readonly delays: number[]
}

/** Tells a path by pure transitions, with all that it asks for. */
function tell(events: readonly AnyEventObject[]): Told {
  const told = { calls: [] as string[], emitted: [] as string[], delays: [] as number[] }
  const note = (actions: readonly { readonly type: string; readonly params?: unknown }[]) => {
    for (const { type, params } of actions) {
      const { id, event, delay } = params as { id: string; event: AnyEventObject; delay?: number }
      if (type === 'xstate.spawnChild') told.calls.push(id)
      if (type === 'xstate.emit') told.emitted.push(event.type)
      if (type === 'xstate.raise' && delay !== undefined) told.delays.push(delay)
    }
  }
  let [end, actions] = initialTransition(commande, input)
  note(actions)
  for (const event of events) {
    ;[end, actions] = transition(commande, end, event as CommandeEvent)
    note(actions)
  }
  return { end, ...told }
}

const paths = getSimplePaths(commande, options)
const stories = paths
  .map(({ steps, state }) => ({ state, events: steps.map(({ event }) => event as AnyEventObject).slice(1) }))
  .filter(({ state }) => state.status === 'done')
  .map(({ events }) => ({ events, ...tell(events) }))

const isUndo = (call: string) => call.startsWith('undo-')
const titleOf = (events: readonly AnyEventObject[]) => events.map(({ type }) => type).join(' → ')

t.test('every way through the chart ends in done or failed, and none ends before', async (t) => {
  const reached = getShortestPaths(commande, options).map(({ state }) => state)
  t.ok(reached.length > 30, `${reached.length} states`)
  const ends = reached.filter((state) => happenings(state).length === 0)
  t.same(
    ends.filter(({ status }) => status !== 'done').map(({ value }) => value),
    [],
  )
  t.same(new Set(ends.map(({ value }) => value)), new Set(['done', 'failed']))
  // Where there is a way on from each state, and no state but these has none, each has a way to an end.
  t.ok(stories.length > 50, `${stories.length} ways`)
})

t.test('every state of the chart is reached', async (t) => {
  const reached = new Set(getShortestPaths(commande, options).flatMap(({ state }) => leavesOf(state.value)))
  t.same([...reached].toSorted(byName), [
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

const byName = (a: string, b: string) => (a < b ? -1 : 1)

function leavesOf(value: StateValue): string[] {
  if (typeof value === 'string') return [value]
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [key] : leavesOf(inner).map((leaf) => `${key}.${leaf}`),
  )
}

/** Steps that may have taken effect: all that were called but a last one that surely did not. */
function begunIn(events: readonly AnyEventObject[], calls: readonly string[]): string[] {
  const refused = events.find(
    ({ type, actorId, error }) =>
      type.startsWith('xstate.error') && !isUndo(String(actorId)) && !(error as StepFailure).inDoubt,
  )
  return calls.filter((call) => !isUndo(call) && call !== refused?.['actorId'])
}

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
  for (const { state } of getShortestPaths(commande, options)) {
    const [leaf = ''] = leavesOf(state.value)
    t.equal(state.can({ type: 'CANCEL' }), leaf.startsWith('doing.'), `CANCEL in ${leaf}`)
    t.equal(state.can({ type: 'RETRY' }), leaf === 'parked', `RETRY in ${leaf}`)
  }
})

const toUndoing = (step: StepName): AnyEventObject[] => [
  ...STEPS.slice(0, STEPS.indexOf(step)).map(doneOf),
  errorOf(step, true),
]

t.test(
  'the automatic tries come after 1 s, 2 s, 4 s, at most 5 min, anew for each compensation',
  async (t) => {
    const again = { type: 'xstate.after.nextTry.parked' }
    const failing = (call: string, times: number) =>
      Array.from({ length: times }, () => [errorOf(call, true), again]).flat()
    const { delays } = tell([...toUndoing('reserve'), ...failing('undo-reserve', 10)])
    t.same(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000])
    const anew = tell([
      ...toUndoing('reserve'),
      ...failing('undo-reserve', 2),
      doneOf('undo-reserve'),
      ...failing('undo-lock', 2),
    ])
    t.same(anew.delays, [1_000, 2_000, 1_000, 2_000])
  },
)
