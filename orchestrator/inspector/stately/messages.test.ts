import assert from 'node:assert/strict'
import t from 'tap'
import { keptJournal, keptJournals } from '../../../test/kit/kept-journals.ts'
import type { SagaFile } from '../../saga-file/saga-file.ts'
import { machineOf } from './definition.ts'
import { PROTOCOL_VERSION, sessionOf, Telling, type StatelyMessage, type ToldRow } from './messages.ts'

const rowsOf = (file: SagaFile): ToldRow[] =>
  file.transitions.map((row) => ({ ...row, at: new Date(row.at) }))

function toldOf(file: SagaFile): StatelyMessage[] {
  const { saga_id: sagaId, machine } = file.saga
  const telling = new Telling({ sagaId, machine, definition: machineOf(file.definition) })
  const [first, ...rest] = rowsOf(file)
  assert(first)
  return [...telling.begin(first), ...telling.next(first), ...rest.flatMap((row) => telling.next(row))]
}

/** `what whom`, as in `+ saga/lock`. */
function outline(messages: readonly StatelyMessage[]): string[] {
  return messages.map((message) => {
    const whom = message.sessionId.replace(/^saga:[0-9a-f-]{36}/, 'saga')
    if (message.type === '@xstate.actor') return `+ ${whom}`
    if (message.type === '@xstate.event') return `> ${whom} ${message.event.type}`
    const { status, value } = message.snapshot
    return `= ${whom} ${value === undefined ? String(status) : JSON.stringify(value)}`
  })
}

t.test('every kept journal is told row by row, at its true times, each actor registered first', async (t) => {
  for (const { name, file } of keptJournals()) {
    const messages = toldOf(file)
    const session = sessionOf(file.saga.saga_id)
    const registered = new Set<string>()
    for (const message of messages) {
      const { sessionId, rootId, _version } = message
      if (message.type === '@xstate.actor') registered.add(sessionId)
      t.match({ rootId, _version }, { rootId: session, _version: PROTOCOL_VERSION })
      t.ok(registered.has(sessionId), `${name}: ${sessionId} is registered`)
      const named = message.type === '@xstate.event' ? message.sourceId : undefined
      t.ok(named === undefined || registered.has(named), `${name}: ${named} is registered`)
      const children = message.type === '@xstate.snapshot' ? (message.snapshot['children'] ?? {}) : {}
      for (const id of Object.keys(children)) t.ok(registered.has(`${sessionId}/${id}`), `${name}: ${id} is`)
    }
    const own = messages.filter(({ sessionId }) => sessionId === session)
    const events = own.filter((message) => message.type === '@xstate.event')
    t.strictSame(
      events.map(({ event, createdAt }) => ({ event, at: Number(createdAt) })),
      file.transitions.map(({ event, at }) => ({ event, at: Date.parse(at) })),
    )
    const snapshots = own.filter((message) => message.type === '@xstate.snapshot')
    t.strictSame(
      snapshots.map(({ snapshot: { children, tags, ...members }, createdAt }) => {
        return { members, children: Object.keys(children ?? {}), tags, at: Number(createdAt) }
      }),
      file.transitions.map(({ snapshot, at }) => {
        const { children, ...members } = snapshot as { children: object }
        return { members, children: Object.keys(children), tags: [], at: Date.parse(at) }
      }),
    )
  }
})

t.test('steps appear when they are called, say how they ended, and may be called again', async (t) => {
  t.strictSame(outline(toldOf(keptJournal('2', 'parked-and-retried').file)), [
    '+ saga',
    '+ saga/lock',
    '> saga xstate.init',
    '= saga {"doing":"lock"}',
    '= saga/lock done',
    '> saga xstate.done.actor.lock',
    '+ saga/reserve',
    '= saga {"doing":"reserve"}',
    '= saga/reserve done',
    '> saga xstate.done.actor.reserve',
    '+ saga/create',
    '= saga {"doing":"create"}',
    '= saga/create error',
    '> saga xstate.error.actor.create',
    '+ saga/undo-reserve',
    '= saga {"undoing":"reserve"}',
    '= saga/undo-reserve error',
    '> saga xstate.error.actor.undo-reserve',
    '= saga {"parked":"undoing"}',
    '> saga skald.retry',
    '= saga/undo-reserve active',
    '= saga {"undoing":"reserve"}',
    '= saga/undo-reserve done',
    '> saga xstate.done.actor.undo-reserve',
    '+ saga/undo-lock',
    '= saga {"undoing":"lock"}',
    '= saga/undo-lock done',
    '> saga xstate.done.actor.undo-lock',
    '= saga "failed"',
  ])
})

t.test('a step that the saga went on without is stopped', async (t) => {
  const told = outline(toldOf(keptJournal('2', 'cancelled').file))
  const cancelled = told.indexOf('> saga skald.cancel')
  t.strictSame(told.slice(cancelled, cancelled + 4), [
    '> saga skald.cancel',
    '+ saga/undo-reserve',
    '= saga {"undoing":"reserve"}',
    '= saga/reserve stopped',
  ])
})

t.test('what a step was asked and answered is told with it', async (t) => {
  const { file } = keptJournal('2', 'done')
  const messages = toldOf(file).filter(
    ({ sessionId }) => sessionId === `${sessionOf(file.saga.saga_id)}/lock`,
  )
  t.match(messages, [
    {
      type: '@xstate.actor',
      name: 'lock',
      parentId: sessionOf(file.saga.saga_id),
      definition: '{"id":"lock"}',
      snapshot: { status: 'active', input: { magasin_id: 101 } },
    },
    { type: '@xstate.snapshot', snapshot: { status: 'done', output: { status: 'LOCKED' } } },
  ])
})

t.test('the definition is the chart as XState reads it, without the source of its functions', async (t) => {
  const [registration] = toldOf(keptJournal('1', 'done').file)
  assert(registration?.type === '@xstate.actor')
  const { definition } = registration
  t.notMatch(definition, /=>|"source"/)
  t.match(JSON.parse(definition), {
    id: 'commande',
    version: '1',
    initial: 'doing',
    context: { type: 'context' },
    states: {
      doing: {
        states: { lock: { invoke: { id: 'lock', src: 'lockCart', onDone: { target: 'reserve' } } } },
      },
    },
  })
})

t.test('a saga that was moved is registered again with its new chart, behind its old one', async (t) => {
  const { file } = keptJournal('1', 'migrated')
  const { saga_id: sagaId, machine } = file.saga
  const definition = machineOf(keptJournal('1', 'done').file.definition)
  const moved = machineOf(keptJournal('2', 'done').file.definition)
  const telling = new Telling({ sagaId, machine, definition })
  const [first, ...rest] = rowsOf(file)
  assert(first)
  const told = [
    ...telling.begin(first),
    ...telling.next(first),
    ...rest.flatMap((row) => telling.next(row, row.event.type === 'skald.migrate' ? moved : undefined)),
  ]
  const registrations = told.filter(
    (message) => message.type === '@xstate.actor' && message.parentId === undefined,
  )
  t.match(registrations, [{ definition: /"version":"1"/ }, { definition: /"version":"2"/ }])
  const migration = told.findIndex(
    (message) => message.type === '@xstate.event' && message.event.type === 'skald.migrate',
  )
  t.equal(told.indexOf(registrations[1] as StatelyMessage), migration - 1)
})

const AT = new Date(1_800_000_000_000)
const init = (actor: string | null, type: string, snapshot: unknown): ToldRow => ({
  seq: 0,
  actor,
  event: { type, actorId: 'call' },
  at: AT,
  snapshot,
})

const children = (calls: object) => ({
  part: { src: 'inner', snapshot: { status: 'active', value: 'a', context: {}, children: calls } },
})
const outer = (children: object, value = 'on') => ({ status: 'active', value, context: {}, children })

t.test('nested machines are actors with a chart and children of their own', async (t) => {
  const inner = { config: { id: 'inner', states: { a: { tags: ['busy', 'x'] } } }, actors: {} }
  const definition = machineOf({
    config: { id: 'outer', states: { on: { tags: 'lit', invoke: { id: 'part', src: 'inner' } } } },
    implementations: { actors: { inner, call: { participant: 'somebody' } } },
  })
  const telling = new Telling({ sagaId: 's', machine: 'outer', definition })
  const calling = { call: { src: 'call', snapshot: { status: 'active' } } }
  const first = init(null, 'xstate.init', outer(children({})))
  t.match(telling.begin(first), [
    { sessionId: 'saga:s', snapshot: { tags: ['lit'], children: { part: { xstate$$type: 1, id: 'part' } } } },
    {
      sessionId: 'saga:s/part',
      parentId: 'saga:s',
      definition: /"id":"inner"/,
      snapshot: { value: 'a', tags: ['busy', 'x'] },
    },
  ])
  t.strictSame(outline(telling.next(init('part', 'GO', outer(children(calling))))), [
    '> saga:s/part GO',
    '+ saga:s/part/call',
    '= saga:s/part "a"',
  ])
  t.strictSame(outline(telling.next(init('part', 'xstate.done.actor.call', outer(children({}))))), [
    '= saga:s/part/call done',
    '> saga:s/part xstate.done.actor.call',
    '= saga:s/part "a"',
  ])
  t.strictSame(
    outline(telling.next(init('part', 'GO', outer({}, 'off')))),
    ['> saga:s/part GO', '= saga:s/part done'],
    'its parent had gone on when its snapshot was taken',
  )
  t.strictSame(outline(telling.next(init('late', 'GO', outer({}, 'off')))), [
    '+ saga:s/late',
    '> saga:s/late GO',
    '= saga:s/late done',
  ])
})

t.test('a state may have the name of what stands for a function', async (t) => {
  const { config } = machineOf({
    config: { id: 'm', states: { source: { tags: ['here'] } }, entry: { source: '()=>1' } },
  })
  t.match(config, { states: { source: { tags: ['here'] } }, entry: { type: 'entry' } })
})
