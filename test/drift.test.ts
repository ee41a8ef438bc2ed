// A chart that changes under a journal: what is found, and where.
import t from 'tap'
import { assign, StateMachine, type AnyStateMachine } from 'xstate'
import { commande } from '../machines/commande/v1/chart.ts'
import { lockCart } from '../machines/commande/v1/steps.ts'
import { definitionOf } from '../machines/lock.ts'
import { machines as registered } from '../machines/registry.ts'
import { dossier } from './kit/dossier.ts'
import { keptJournal } from './kit/kept-journals.ts'
import { differenceBy, replayMachinesOf } from './kit/told-by.ts'
import { chartChanges } from '../orchestrator/cli/replay/chart-changes.ts'
import { journalOf } from '../orchestrator/saga-file/saga-file.ts'
import { abandoned } from '../orchestrator/engine/verbs/abandon.ts'
import type { VerbEvent } from '../orchestrator/engine/verbs/operator-event.ts'
import { declaredBy, declaredIn, type Declarations } from '../orchestrator/engine/replay/declared.ts'
import type { Difference } from '../orchestrator/engine/replay/difference.ts'
import { ReplayMachines } from '../orchestrator/engine/replay/machines.ts'
import { ToldSaga } from '../orchestrator/engine/replay/told-saga.ts'
import {
  firstDifference,
  replay,
  type Journal,
  type ReplayOptions,
} from '../orchestrator/engine/replay/replay.ts'

const VERSION = { machine: 'commande', version: '1' }
const known = new ReplayMachines(registered)

function journal(name: string, change: Partial<Journal> = {}): Journal {
  const { saga, events, ...file } = keptJournal('1', name).file
  return { saga, events, rows: journalOf(file), ...change }
}

/** The first difference of a kept journal on a changed chart. */
function drift(
  name: string,
  machine: AnyStateMachine,
  declared: Declarations = declaredBy(commande),
): Difference | undefined {
  const options: ReplayOptions = {
    machines: known.instead(VERSION, { machine }),
    declared: () => declared,
    isOtherMachine: true,
  }
  return firstDifference(journal(name), options)
}

type Config = Record<string, unknown>

const nameOf = ({ id, version = '' }: AnyStateMachine) => ({ machine: id, version })

/** From the state at a path (`doing.lock`) to what it is instead; undefined takes it away. */
type Edits = Readonly<Record<string, (state: Config) => Config | undefined>>

function withStates(edits: Edits): AnyStateMachine {
  const config = Object.entries(edits).reduce(
    (edited, [path, change]) => edit(edited, path.split('.'), change),
    commande.config as Config,
  )
  return new StateMachine(config as never, commande.implementations as never)
}

function edit(config: Config, [name, ...rest]: readonly string[], change: Edits[string]): Config {
  if (name === undefined) return change(config) ?? {}
  const { [name]: state = {}, ...others } = (config['states'] ?? {}) as Record<string, Config>
  const changed = rest.length === 0 ? change(state) : edit(state, rest, change)
  return { ...config, states: { ...others, ...(changed && { [name]: changed }) } }
}

const withState = (path: string, change: Edits[string]) => withStates({ [path]: change })

const withInvoke = (path: string, change: Config) =>
  withState(path, (state) => ({ ...state, invoke: { ...(state['invoke'] as Config), ...change } }))

t.test('a changed target is found at the transition that took it', async (t) => {
  t.match(drift('done', withInvoke('doing.lock', { onDone: '#undoing.lock' })), {
    seq: 1,
    event: 'xstate.done.actor.lock',
    kind: 'state',
    reason: 'It led to doing.reserve, and leads to undoing.lock now.',
  })
})

t.test('a changed guard is found at the transition that it decided', async (t) => {
  const changed = commande.provide({ guards: { surelyNotDone: () => false } })
  t.match(drift('refused-at-reserve', changed), {
    seq: 2,
    kind: 'state',
    reason: 'It led to undoing.lock, and leads to undoing.reserve now.',
  })
  t.equal(drift('done', changed), undefined, 'a saga that it did not decide is the same')
})

t.test('a changed input is found where the step was called', async (t) => {
  const changed = withInvoke('doing.reserve', { input: () => ({ reservation_id: 'x' }) })
  const difference = drift('done', changed)
  t.match(difference, { seq: 1, kind: 'call' })
  const path = 'children.reserve.snapshot.input.reservation_id'
  t.match(
    difference?.changes.find((change) => change.path === path),
    { after: 'x' },
  )
})

t.test('a changed key is found where the step was called with it, though no snapshot differs', async (t) => {
  const declaration = { ...lockCart.declaration, step: 'lock-cart' }
  const changed = commande.provide({ actors: { lockCart: Object.assign({ ...lockCart }, { declaration }) } })
  const { saga } = journal('done')
  const found = {
    seq: 0,
    kind: 'call',
    reason: 'It makes another call.',
    changes: [
      { path: 'calls["lock"].key', before: `${saga.saga_id}:lock`, after: `${saga.saga_id}:lock-cart` },
    ],
  }
  t.match(drift('done', changed), found)
  t.match(drift('done', changed, declaredIn(definitionOf(commande))), found, 'by an exported definition too')
})

const called = (change: object) => {
  const declaration = { ...lockCart.declaration, ...change }
  return commande.provide({ actors: { lockCart: Object.assign({ ...lockCart }, { declaration }) } })
}

t.test('another participant, or another request to it, is found where it was called', async (t) => {
  t.match(drift('done', called({ participant: 'produits' })), {
    seq: 0,
    changes: [{ path: 'calls["lock"].participant', before: 'carts', after: 'produits' }],
  })
  t.match(drift('done', called({ request: () => ({ method: 'PUT', path: '/' }) })), {
    seq: 0,
    changes: [{ path: 'calls["lock"].request.method', before: 'POST', after: 'PUT' }],
  })
})

t.test('an added state that no saga comes through is no drift, and is named', async (t) => {
  const changed = withState('doing.check', () => ({ on: { GO: 'lock' } }))
  t.equal(drift('done', changed), undefined)
  t.same(chartChanges(definitionOf(commande), definitionOf(changed)), {
    added: ['doing.check'],
    removed: [],
    changed: [],
  })
})

t.test('what an added history state remembers is no drift', async (t) => {
  const changed = withState('doing.whereItWas', () => ({ type: 'history' }))
  t.equal(drift('done', changed), undefined)
  t.match(
    differenceBy(changed, journal('done').rows),
    { seq: 3, kind: 'snapshot' },
    'but of its own machine it is',
  )
})

t.test('an added state on the way is found where it is entered', async (t) => {
  const changed = withStates({
    'doing.check': () => ({ on: { GO: 'lock' } }),
    doing: (doing) => ({ ...doing, initial: 'check' }),
  })
  t.match(drift('done', changed), { seq: 0, kind: 'state' })
})

t.test('a removed state is found by the sagas that were there, and by no other', async (t) => {
  const elsewhere = { target: '#undoing.reserve', actions: 'blame' }
  const changed = withStates({
    'undoing.create': () => undefined,
    undoing: (undoing) => ({ ...undoing, initial: 'reserve' }),
    'doing.create': ({ invoke, ...create }) => ({
      ...create,
      invoke: { ...(invoke as Config), onError: elsewhere },
      on: { CANCEL: elsewhere },
    }),
  })
  t.match(drift('in-doubt-at-create', changed), {
    seq: 3,
    kind: 'state',
    reason: 'It led to undoing.create, and leads to undoing.reserve now.',
  })
  t.equal(drift('done', changed), undefined)
  t.equal(drift('refused-at-create', changed), undefined)
  t.match(chartChanges(definitionOf(commande), definitionOf(changed)).removed, ['undoing.create'])
})

t.test('a renamed actor is found where it was begun', async (t) => {
  const renamed = withInvoke('doing.lock', { src: 'lockTheCart' })
  const difference = drift('done', renamed.provide({ actors: { lockTheCart: lockCart } } as never))
  t.match(difference, {
    seq: 0,
    kind: 'call',
    changes: [{ path: 'children.lock.src', before: 'lockCart', after: 'lockTheCart' }],
  })
})

t.test('a changed delay is found where its timer was set', async (t) => {
  const changed = commande.provide({ delays: { nextTry: 7 } })
  t.match(drift('parked-and-tried-again', changed), { seq: 4, kind: 'timer' })
  t.equal(drift('done', changed), undefined)
})

t.test('an event that is not listened to any more is found', async (t) => {
  const { machine } = dossier()
  const events = [{ type: 'xstate.init', input: { title: 'a' } }, { type: 'LOCK' }]
  const rows = events.map((event, seq) => ({ seq, event, actor: null, timer: null, at: seq }))
  const told = new ToldSaga(replayMachinesOf(machine).find(nameOf(machine)) as never, 's', { input: {} })
  const snapshots = rows.map((row) => {
    if (row.seq > 0) told.process({ ...row, snapshot: undefined })
    return told.persisted
  })
  const recorded = rows.map((row, index) => ({ ...row, snapshot: snapshots[index] }))
  t.equal(differenceBy(machine, recorded), undefined)
  const { open, ...others } = machine.config.states as Record<string, Config>
  const states = { ...others, open: { ...open, on: {} } }
  const deaf = new StateMachine({ ...machine.config, states } as never, machine.implementations as never)
  t.match(differenceBy(deaf, recorded), {
    seq: 1,
    kind: 'unheard',
    reason: 'It does not listen to LOCK where it stands.',
  })
})

t.test('what the business is told otherwise is found, though no snapshot differs', async (t) => {
  const changed = withState('done', (state) => ({ ...state, entry: [] }))
  t.match(drift('done', changed), {
    seq: 3,
    kind: 'event',
    changes: [{ path: 'events[1]', after: undefined }],
  })
})

t.test('what is noted otherwise is found', async (t) => {
  const changed = commande.provide({ actions: { blame: assign({}) } })
  t.match(drift('refused-at-reserve', changed), { seq: 2, kind: 'context' })
})

const input = () => {
  throw new Error('lignes is not known')
}

t.test('a machine that throws is a difference with its reason', async (t) => {
  t.match(drift('done', withInvoke('doing.reserve', { input })), {
    seq: 1,
    kind: 'threw',
    reason: 'The machine threw: lignes is not known',
  })
  t.match(drift('done', withInvoke('doing.lock', { input })), {
    seq: 0,
    kind: 'threw',
    reason: 'The machine threw: lignes is not known',
  })
})

t.test('a chart that runs in circles is a difference, and does not hang', async (t) => {
  const circular = withStates({
    'doing.reserve': () => ({ always: 'create' }),
    'doing.create': () => ({ always: 'reserve' }),
  })
  t.match(drift('done', circular), { seq: 1, kind: 'threw' })
})

t.test('a journal with a gap, without its beginning or its end is told to be so', async (t) => {
  const { rows } = journal('done')
  const options = { machines: known }
  const without = (...seqs: number[]) =>
    journal('done', { rows: rows.filter(({ seq }) => !seqs.includes(seq)) })
  t.match(firstDifference(without(2), options), { seq: 3, kind: 'journal', reason: /lacks the transition 2/ })
  t.match(firstDifference(without(0), options), { seq: 1, kind: 'journal', reason: /lacks the transition 0/ })
  t.match(firstDifference(without(3), options), {
    seq: 2,
    kind: 'journal',
    reason: /ends here.* stands at 3/,
  })
  t.match(firstDifference(without(0, 1, 2, 3), options), { kind: 'journal', reason: /is empty/ })
})

t.test('a saga that was migrated is told by both versions', async (t) => {
  const told = [...replay(journal('migrated'), { machines: known })]
  t.same(
    told.map(({ outcome, version }) => `${version} ${outcome}`),
    ['1 same', '1 same', '2 same', '2 same', '2 same'],
  )
  t.match(told[2]?.effects, { begun: [{ step: 'reserve' }], aborted: [] })
})

t.test('a version that is not here any more is not told, and what came behind it is', async (t) => {
  const machines = new ReplayMachines(registered.filter(({ machine }) => machine.version !== '1'))
  const told = [...replay(journal('migrated'), { machines })]
  t.same(
    told.map(({ outcome, version }) => `${version} ${outcome}`),
    ['1 untold', '1 untold', '2 untold', '2 same', '2 same'],
  )
  t.same(
    [...replay(journal('done'), { machines })].map(({ outcome }) => outcome),
    ['untold', 'untold', 'untold', 'untold'],
  )
})

const withMigrate = (migrate: (snapshot: never) => unknown) =>
  new ReplayMachines(
    registered.map((one) => ({ machine: one.machine, ...(one.migrate && { migrate: migrate as never }) })),
  )

t.test('a migration that is refused now, or leads elsewhere, is found', async (t) => {
  const refused = firstDifference(journal('migrated'), { machines: withMigrate(() => undefined) })
  t.match(refused, { seq: 2, kind: 'migration', reason: /refused: .*declares no way/ })
  const other = withMigrate((snapshot: { context: object }) => ({ ...snapshot, context: { lost: true } }))
  t.match(firstDifference(journal('migrated'), { machines: other }), { seq: 2, kind: 'context' })
})

t.test('a saga that is given up unread gets the same snapshot as by its machine', async (t) => {
  const { rows } = journal('abandoned')
  const [before, last] = rows.slice(-2)
  // As its stored snapshot has it, without the machine.
  const unread = abandoned(before?.snapshot as object, last?.event as unknown as VerbEvent)
  t.same(JSON.parse(JSON.stringify(unread)), last?.snapshot)
})

t.test('a saga that was given up while the engine had it parked is told with the problem', async (t) => {
  const { rows, ...rest } = journal('abandoned')
  const problem = { code: 'MACHINE_UNKNOWN', message: 'it was not there' }
  const changed = rows.map((row) =>
    row.event.type === 'skald.abandon' ? { ...row, event: { ...row.event, problem } } : row,
  )
  t.equal(firstDifference({ ...rest, rows: changed }, { machines: known }), undefined)
  const events = (rest.events ?? []).filter(({ type }) => type !== 'ABANDONED')
  t.match(firstDifference({ ...rest, rows, events }, { machines: known }), { kind: 'event' })
})
