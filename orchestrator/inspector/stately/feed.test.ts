import assert from 'node:assert/strict'
import { pino } from 'pino'
import t from 'tap'
import type { Tail, TailFrom, TailRow } from '../../store/journal-tail.ts'
import { machineOf } from './definition.ts'
import { Feed, type FeedOptions } from './feed.ts'
import type { StatelyMessage } from './messages.ts'

const row = (seq: number, event: TailRow['event'] = { type: `E${seq}` }): TailRow => {
  const snapshot = { status: 'active', value: `s${seq}`, context: { seq }, children: {} }
  return { seq, actor: null, event, at: new Date(1_000 + seq), snapshot }
}

const rows = (count: number) => Array.from({ length: count }, (_, seq) => row(seq))

interface Journal {
  rows: TailRow[]
  status: Tail['status']
  version?: string
}

/** Journals by their saga, which a test may lengthen, or take away, between two looks. */
function watch(journals: Map<string, Journal>, options: Partial<FeedOptions> = {}) {
  const told: StatelyMessage[] = []
  const feed = new Feed({
    sagas: [...journals.keys()].map((sagaId) => ({ sagaId, machine: 'm', firstVersion: '1' })),
    tails: async (from: readonly TailFrom[], rowsMax: number) =>
      from.flatMap(({ sagaId, fromSeq }): Tail[] => {
        const journal = journals.get(sagaId)
        if (journal === undefined) return []
        const { rows, status, version = '1' } = journal
        const seq = rows.length - 1
        return [{ sagaId, rows: rows.slice(fromSeq, fromSeq + rowsMax), status, version, seq }]
      }),
    machine: async (id, version) => machineOf({ config: { id, version } }),
    send: async (messages) => void told.push(...messages),
    log: pino({ level: 'silent' }),
    ...options,
  })
  return { feed, told }
}

const never = new AbortController().signal

const shortened = (messages: readonly StatelyMessage[]) =>
  messages.map(({ type, sessionId, ...message }) => {
    const value = 'snapshot' in message ? String(message.snapshot['value']) : ''
    return `${type.replace('@xstate.', '')} ${sessionId} ${value}`.trim()
  })

const snapshots = (messages: readonly StatelyMessage[]) =>
  shortened(messages).filter((text) => text.startsWith('snapshot'))

t.test('a feed is over when all of its sagas have ended and are told', async (t) => {
  const { feed, told } = watch(
    new Map([
      ['a', { rows: rows(1), status: 'done' }],
      ['b', { rows: rows(2), status: 'failed' }],
    ]),
  )
  await feed.run(never)
  t.strictSame(shortened(told), [
    'actor saga:a s0',
    'actor saga:b s0',
    'event saga:a',
    'snapshot saga:a s0',
    'event saga:b',
    'snapshot saga:b s0',
    'event saga:b',
    'snapshot saga:b s1',
  ])
})

t.test('a long journal is told in pages, without a gap', async (t) => {
  const { feed, told } = watch(new Map([['a', { rows: rows(500), status: 'done' }]]))
  await feed.run(never)
  t.strictSame(
    snapshots(told),
    rows(500).map(({ seq }) => `snapshot saga:a s${seq}`),
  )
})

t.test(
  'a saga that goes on is told on, one that is removed is forgotten, and nobody looks any more',
  async (t) => {
    const journals = new Map<string, Journal>([
      ['a', { rows: rows(1), status: 'running' }],
      ['b', { rows: rows(1), status: 'running' }],
    ])
    let looks = 0
    const { feed, told } = watch(journals, {
      send: async (messages) => {
        told.push(...messages)
        looks += 1
        if (looks === 1) journals.set('a', { rows: rows(3), status: 'done' })
        if (looks === 1) journals.delete('b')
      },
    })
    await feed.run(never)
    t.strictSame(snapshots(told), [
      'snapshot saga:a s0',
      'snapshot saga:b s0',
      'snapshot saga:a s1',
      'snapshot saga:a s2',
    ])
  },
)

t.test('a viewer that has gone is not told on', async (t) => {
  const gone = new AbortController()
  const { feed, told } = watch(new Map([['a', { rows: rows(1), status: 'running' }]]), {
    send: async (messages) => {
      told.push(...messages)
      gone.abort()
    },
  })
  await feed.run(gone.signal)
  t.equal(told.length, 3)
})

t.test('nothing is read before what was read is on its way', async (t) => {
  let [waiting, reads] = [0, 0]
  const journals = new Map<string, Journal>([['a', { rows: rows(300), status: 'done' }]])
  const { feed } = watch(journals, {
    tails: async ([from], rowsMax) => {
      t.equal(waiting, 0)
      reads += 1
      assert(from)
      const { sagaId, fromSeq } = from
      return [
        { sagaId, rows: rows(300).slice(fromSeq, fromSeq + rowsMax), status: 'done', version: '1', seq: 299 },
      ]
    },
    send: async () => {
      waiting += 1
      await new Promise((resolve) => setImmediate(resolve))
      waiting -= 1
    },
  })
  await feed.run(never)
  t.ok(reads >= 5)
})

t.test(
  'a viewer that fell behind is shown how things stand by now, on the chart that they stand on',
  async (t) => {
    const journals = new Map<string, Journal>([['a', { rows: rows(1_000), status: 'done', version: '2' }]])
    const { feed, told } = watch(journals, { stalledMs: 0 })
    await feed.run(never)
    const shown = snapshots(told)
    t.equal(shown.length, 9)
    t.equal(shown.at(-1), 'snapshot saga:a s999')
    const registrations = told.filter((message) => message.type === '@xstate.actor')
    t.match(registrations, [{ definition: /"version":"1"/ }, { definition: /"version":"2"/ }])
  },
)

t.test('a saga that is moved to another version is told on its chart', async (t) => {
  const moved = row(1, { type: 'skald.migrate', from: '1', to: '7' })
  const { feed, told } = watch(new Map([['a', { rows: [row(0), moved], status: 'done' }]]))
  await feed.run(never)
  const registrations = told.filter((message) => message.type === '@xstate.actor')
  t.match(registrations, [{ definition: /"version":"1"/ }, { definition: /"version":"7"/ }])
})

t.test('while the database can not tell, a viewer waits, and is asked for less', async (t) => {
  const asked: number[] = []
  const { feed, told } = watch(new Map([['a', { rows: rows(1), status: 'done' }]]), {
    tails: async ([from], rowsMax) => {
      asked.push(rowsMax)
      if (asked.length < 3) throw new Error('canceling statement due to statement timeout')
      assert(from)
      return [{ sagaId: from.sagaId, rows: rows(1), status: 'done', version: '1', seq: 0 }]
    },
  })
  await feed.run(never)
  t.strictSame(asked, [8, 4, 2])
  t.strictSame(snapshots(told), ['snapshot saga:a s0'])
})

t.test('a viewer that takes nothing any more ends its feed', async (t) => {
  const journals = new Map<string, Journal>([['a', { rows: rows(1), status: 'done' }]])
  const { feed } = watch(journals, { send: async () => Promise.reject(new Error('closed')) })
  await t.rejects(feed.run(never), { message: 'closed' })
})
