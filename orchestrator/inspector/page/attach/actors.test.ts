import assert from 'node:assert/strict'
import t from 'tap'
import { Actors, ACTORS_MAX, LOG_MAX, treeOf, type Actor } from './actors.ts'
import { received } from './received.ts'
import { markOf, marksOf, statusOf, valueWords, whereOf } from './standing.ts'

const common = { _version: '0.7.2' }

function take(actors: Actors, message: object): void {
  const one = received({ ...common, ...message }, 0)
  assert(one)
  actors.take(one)
}

const registration = (sessionId: string, more: object = {}) => ({
  type: '@xstate.actor',
  sessionId,
  createdAt: '1000',
  name: `name of ${sessionId}`,
  definition: '{"states":{"a":{}}}',
  snapshot: { status: 'active', value: 'a' },
  ...more,
})

const event = (sessionId: string, type: string, at = 1_000) => ({
  type: '@xstate.event',
  sessionId,
  createdAt: String(at),
  event: { type },
})

const snapshot = (sessionId: string, type: string, value: unknown, at = 1_000) => ({
  type: '@xstate.snapshot',
  sessionId,
  createdAt: String(at),
  event: { type },
  snapshot: { status: 'active', value },
})

function actorsOf(...messages: object[]): Actors {
  const actors = new Actors()
  for (const message of messages) take(actors, message)
  return actors
}

function one(actors: Actors, sessionId = 'a'): Actor {
  const actor = actors.get(sessionId)
  assert(actor)
  return actor
}

const logOf = (actors: Actors) => one(actors).log.map(({ event, to }) => `${String(event['type'])} ${to}`)

t.test('an event knows where it led once a snapshot says so', async (t) => {
  const actors = actorsOf(registration('a'), event('a', 'GO'))
  t.strictSame(logOf(actors), ['GO null'])
  take(actors, snapshot('a', 'OTHER', 'x'))
  t.strictSame(logOf(actors), ['GO null'], 'a snapshot of another event does not')
  take(actors, snapshot('a', 'GO', { b: 'c' }))
  t.strictSame(logOf(actors), ['GO {"b":"c"}'])
  t.equal(whereOf(one(actors)), 'b.c')
})

t.test('whoever attaches late hears of actors without their registration', async (t) => {
  const actors = actorsOf(event('a', 'GO'))
  t.match(one(actors), { name: 'a', machine: null, events: 1 })
  take(actors, registration('a'))
  t.match(one(actors), { name: 'name of a', machine: /states/, events: 1 })
})

t.test('only a definition with states is a machine', async (t) => {
  for (const definition of [
    '{"states":',
    '{"id":"x"}',
    '{"states":{}}',
    '{"states":[1]}',
    'null',
    '7',
    undefined,
  ])
    t.equal(one(actorsOf(registration('a', { definition }))).machine, null)
})

t.test('what comes again, from anywhere in the story, is told once', async (t) => {
  const story = [
    registration('a'),
    event('a', 'ONE', 1_001),
    snapshot('a', 'ONE', 'b', 1_001),
    event('a', 'TWO', 1_002),
    event('a', 'TWO', 1_002),
  ]
  const expected = ['ONE "b"', 'TWO null', 'TWO null']
  t.strictSame(logOf(actorsOf(...story, ...story)), expected)
  t.strictSame(logOf(actorsOf(...story, ...story.slice(1))), expected)
  const moment = [registration('a'), event('a', 'ONE'), event('a', 'ONE')]
  t.strictSame(logOf(actorsOf(...moment, ...moment)), ['ONE null', 'ONE null'], 'all of one millisecond too')
  const more = actorsOf(...story, ...story, event('a', 'THREE', 1_003), event('a', 'THREE', 1_003))
  t.strictSame(logOf(more), [...expected, 'THREE null', 'THREE null'])
  t.equal(more.taken, 7)
})

t.test('the log of an actor has its last events', async (t) => {
  const actors = actorsOf(...Array.from({ length: LOG_MAX + 7 }, (_, n) => event('a', `E${n}`, 1_000 + n)))
  const { log, events } = one(actors)
  t.equal(events, LOG_MAX + 7)
  t.equal(log.length, LOG_MAX)
  t.match([log[0], log.at(-1)], [{ event: { type: 'E7' } }, { event: { type: `E${LOG_MAX + 6}` } }])
})

t.test('room is made by those that are over, then by the oldest', async (t) => {
  const actors = actorsOf(...Array.from({ length: ACTORS_MAX }, (_, n) => registration(`a${n}`)))
  take(actors, { ...registration('a7'), createdAt: '2000', snapshot: { status: 'done' } })
  take(actors, registration('b'))
  t.equal(actors.get('a7'), undefined)
  take(actors, registration('c'))
  t.equal(actors.get('a0'), undefined)
  t.ok(actors.get('a1') && actors.get('b') && actors.get('c'))
  t.equal(actors.forgotten, 2)
})

const told = (...messages: object[]) =>
  treeOf(actorsOf(...messages).all()).map(({ actor, depth }) => `${'-'.repeat(depth)}${actor.sessionId}`)

const child = (id: string, parentId: string) => registration(id, { parentId })

t.test('children are below their parents, newest first, whatever they say of each other', async (t) => {
  t.strictSame(
    told(registration('a'), child('a1', 'a'), child('a2', 'a'), child('a11', 'a1'), registration('b')),
    ['b', 'a', '-a2', '-a1', '--a11'],
  )
  t.strictSame(told(child('a', 'unknown')), ['a'])
  t.strictSame(told(child('a', 'a')), ['a'])
  t.strictSame(told(child('a', 'b'), child('b', 'a'), registration('c')), ['c', 'b', '-a'])
})

const standing = (snapshot: object) => one(actorsOf(registration('a', { snapshot })))

t.test('every active state of a chart is marked, by how its actor stands', async (t) => {
  t.strictSame(
    [...marksOf(standing({ status: 'active', value: { a: { b: 'c' } } }))],
    ['a', 'a.b', 'a.b.c'].map((state) => [state, { mark: 'current' }]),
  )
  const marks = ['active', 'done', 'error', 'stopped', 'odd', 7, 'toString'].map((status) =>
    markOf(standing({ status })),
  )
  t.strictSame(marks, ['current', 'done', 'failed', 'abandoned', 'current', 'current', 'current'])
  t.equal(statusOf(standing({})), 'active')
  t.equal(marksOf(standing({ value: 7 })).size, 0)
})

t.test('a value in words names the innermost states', async (t) => {
  t.equal(valueWords({ a: { left: 'x', right: { deep: 'y' } } }), 'a.left.x, a.right.deep.y')
  t.equal(valueWords('on'), 'on')
  t.equal(valueWords(7), '7')
  t.equal(valueWords(undefined), '')
})
