import t from 'tap'
import { jsonOf, received } from './received.ts'

const NOW = 1_900_000_000_000
const common = { sessionId: 'a', _version: '0.7.2', createdAt: '1800000000000' }
const taken = (message: object) => received({ ...common, ...message }, NOW)

t.test('the three kinds of messages are taken, with what they have', async (t) => {
  t.match(
    taken({ type: '@xstate.actor', name: 'n', parentId: 'p', definition: '{}', snapshot: { value: 1 } }),
    {
      type: 'actor',
      sessionId: 'a',
      at: 1_800_000_000_000,
      name: 'n',
      parentId: 'p',
      definition: '{}',
      snapshot: { value: 1 },
    },
  )
  t.match(taken({ type: '@xstate.event', event: { type: 'E' }, sourceId: 's' }), {
    type: 'event',
    event: { type: 'E' },
    sourceId: 's',
  })
  t.match(taken({ type: '@xstate.snapshot', event: { type: 'E' }, snapshot: { value: 'v' } }), {
    type: 'snapshot',
    event: { type: 'E' },
    snapshot: { value: 'v' },
  })
})

t.test('what is missing, or of another form, is left out', async (t) => {
  t.match(taken({ type: '@xstate.actor' }), { name: 'a', parentId: null, definition: null, snapshot: {} })
  t.match(taken({ type: '@xstate.actor', name: 7, parentId: {}, definition: [], snapshot: 'x' }), {
    name: 'a',
    parentId: null,
    definition: null,
    snapshot: {},
  })
  t.match(taken({ type: '@xstate.event', event: 'E', sourceId: '' }), { event: {}, sourceId: null })
  for (const createdAt of ['yesterday', null, undefined, '-1', '0', {}])
    t.match(taken({ type: '@xstate.event', createdAt }), { at: NOW })
})

t.test('what is no such message is not taken', async (t) => {
  const event = { ...common, type: '@xstate.event' }
  for (const other of [
    null,
    undefined,
    7,
    'text',
    [event],
    {},
    { ...event, type: '@xstate.microstep' },
    { ...event, type: undefined },
    { ...event, sessionId: undefined },
    { ...event, sessionId: 'x'.repeat(1_001) },
    { ...event, _version: 7 },
  ])
    t.equal(received(other, NOW), undefined)
})

t.test('what JSON has not does no harm', async (t) => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  t.equal(taken({ type: '@xstate.event', event: circle }), undefined)
  t.match(taken({ type: '@xstate.event', event: { type: 'E', big: 7n } }), { event: { type: 'E' } })
  t.equal(jsonOf({ big: 7n }), '{"big":"7n"}')
})

t.test('a long message keeps its short members', async (t) => {
  const text = 'x'.repeat(200_000)
  t.match(
    taken({
      type: '@xstate.snapshot',
      event: { type: 'E', text },
      snapshot: { value: 'v', context: { text } },
    }),
    {
      event: { type: 'E', text: { left_out_characters: 200_002 } },
      snapshot: { value: 'v', context: { left_out_characters: 200_011 } },
    },
  )
  t.match(taken({ type: '@xstate.actor', definition: 'x'.repeat(1_000_001) }), { definition: null })
})

const print = (message: object) => taken({ type: '@xstate.event', ...message })?.fingerprint

t.test('a message has one fingerprint, and another one another', async (t) => {
  t.equal(print({ event: { type: 'E' } }), print({ event: { type: 'E' } }))
  const prints = Array.from({ length: 10_000 }, (_, n) => print({ event: { type: 'E', n } }))
  t.equal(new Set(prints).size, 10_000)
})
