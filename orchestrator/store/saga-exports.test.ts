import { Readable } from 'node:stream'
import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { machines } from '../../machines/registry.ts'
import { nextOf, openJournal, ownAll, startOf, type StartOptions } from '../../test/kit/journal-database.ts'
import type { Lease, SagaWrite } from '../engine/ports.ts'
import { Definitions } from '../saga-file/definition.ts'
import { readSagaFiles } from '../saga-file/read-saga-files.ts'
import type { SagaFile } from '../saga-file/saga-file.ts'
import { SagaExports, type ExportOptions } from './saga-exports.ts'

const journal = await openJournal(t)
const [lease] = await ownAll(journal)
const saved = new SagaExports(journal.db)

/** A saga with so many transitions. */
async function written(lease: Lease, transitions: number, options: StartOptions = {}): Promise<SagaWrite> {
  const start = startOf(lease, options)
  await journal.store.write([start])
  if (transitions === 1) return start
  const row = (seq: number) => ({ ...nextOf({ ...start, fromSeq: seq - 2 }).transitions[0] })
  const more = Array.from({ length: transitions - 1 }, (_, index) => row(index + 1))
  const next = { ...nextOf(start), transitions: more as SagaWrite['transitions'] }
  const [outcome] = await journal.store.write([next])
  t.match(outcome, { kind: 'committed' })
  return next
}

async function read(ids: readonly string[], options: ExportOptions = {}): Promise<SagaFile[]> {
  const lines = Readable.from(saved.lines(ids, options), { objectMode: false })
  return Readable.from(readSagaFiles(lines)).toArray() as Promise<SagaFile[]>
}

t.test('a saga is exported whole', async (t) => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;k=v'
  const write = await written(lease, 2, { businessKey: 'cart 1', trace })
  const definitions = new Definitions(machines)
  const serviceEvents = new Map([[write.sagaId, '{"carts":[]}']])
  const [file] = await read([write.sagaId], { definitions, serviceEvents })
  t.match(file, {
    format: 'skald-saga/1',
    saga: {
      saga_id: write.sagaId,
      machine: 'commande',
      version: '1',
      status: 'running',
      state: 'doing.reserve',
      step: null,
      seq: 1,
      business_key: 'cart 1',
      trace,
      input: { cart_id: 'cart 1' },
      problem: null,
      trouble: null,
    },
    definition: { id: 'commande', version: '1', hash: /^[0-9a-f]{64}$/, config: { initial: 'doing' } },
    service_events: { carts: [] },
  })
  t.same(
    file?.transitions.map(({ seq, event, at, snapshot }) => ({ seq, event, at, snapshot })),
    [
      {
        seq: 0,
        event: { type: 'to doing.lock' },
        at: '2026-01-01T00:00:00.000Z',
        snapshot: { status: 'active', value: 'doing.lock', context: { seq: 0 } },
      },
      {
        seq: 1,
        event: { type: 'to doing.reserve' },
        at: '2026-01-01T00:00:00.001Z',
        snapshot: { status: 'active', value: 'doing.reserve', context: { seq: 1 } },
      },
    ],
  )
  t.same(
    file?.events.map(({ seq, type }) => `${seq} ${type}`),
    ['0 FIRST', '0 SECOND', '1 FIRST', '1 SECOND'],
  )
})

t.test(
  'many sagas come in the order in which they were asked for, without those that are not there',
  async (t) => {
    const lengths = [3, 700, 1, 499, 2]
    const writes = []
    for (const length of lengths) writes.push(await written(lease, length))
    const ids = writes.map(({ sagaId }) => sagaId).toReversed()
    const files = await read([newSagaId(), ...ids.slice(0, 2), newSagaId(), ...ids.slice(2)])
    t.same(
      files.map(({ saga }) => saga.saga_id),
      ids,
    )
    t.same(
      files.map(({ transitions }) => transitions.length),
      lengths.toReversed(),
    )
    for (const { transitions, events, saga } of files) {
      t.same(
        transitions.map(({ seq }) => seq),
        Array.from({ length: saga.seq + 1 }, (_, seq) => seq),
      )
      t.equal(events.length, 2 * transitions.length)
    }
  },
)

t.test('a long saga is never held whole', async (t) => {
  const { sagaId } = await written(lease, 3_000)
  const pieces = (await Readable.from(saved.lines([sagaId])).toArray()) as string[]
  const lengths = pieces.map((piece) => piece.length)
  const whole = lengths.reduce((sum, length) => sum + length, 0)
  t.ok(Math.max(...lengths) < whole / 5, `${Math.max(...lengths)} of ${whole}`)
})

t.test('what a person wrote into the database over several lines is one line of an archive', async (t) => {
  const { sagaId } = await written(lease, 1)
  await journal.pool.query('update orchestrator.saga set input = $2 where saga_id = $1', [
    sagaId,
    '{\r\n  "cart_id": "a\\nb"\n}',
  ])
  const text = ((await Readable.from(saved.lines([sagaId])).toArray()) as string[]).join('')
  t.equal(text.split('\n').length, 2)
  t.match((await read([sagaId]))[0], { saga: { input: { cart_id: 'a\nb' } } })
})
