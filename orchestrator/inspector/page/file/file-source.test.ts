import t from 'tap'
import { fileSource } from './file-source.ts'
import type { SagaFile } from './saga-file.ts'

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`

const failure = { name: 'StepFailed', code: 'ECONNREFUSED', message: 'No.', step: 'reserve', inDoubt: false }

function file(change: Partial<SagaFile> = {}): SagaFile {
  const row = (seq: number, type: string, snapshot: unknown) => ({
    seq,
    actor: null,
    event: { type },
    timer: null,
    at: at(seq),
    state: 'parked.undoing',
    snapshot,
  })
  return {
    format: 'skald-saga/1',
    exported_at: at(9),
    saga: {
      saga_id: '0197c0de-0000-7000-8000-000000000001',
      machine: 'commande',
      version: '2',
      status: 'parked',
      state: 'parked.undoing',
      step: 'reserve',
      seq: 1,
      business_key: 'cart-1',
      input: { cart_id: 'cart-1' },
      problem: null,
      trouble: { cause: null, failing: { ...failure, invoke: 'undo-reserve', tries: 2 } },
      created_at: at(0),
      updated_at: at(1),
    },
    definition: null,
    // As somebody's own tool may have written them.
    transitions: [
      row(1, 'xstate.error.actor.reserve', { value: 'parked', context: { a: 1, b: [2] }, children: {} }),
      row(0, 'xstate.init', { value: { doing: 'lock' }, context: { a: 1 }, children: {} }),
    ],
    events: [{ seq: 0, type: 'COMMANDE_CREEE', payload: {}, created_at: at(0) }],
    service_events: { carts: [{ action: 'LOCK_CART' }] },
    ...change,
  }
}

t.test('the saga of a file is told as the server would, and nothing can be done with it', async (t) => {
  t.match(await fileSource(file()).saga(), {
    status: 'parked',
    state: 'parked.undoing',
    error_code: 'ECONNREFUSED',
    parked: { step: 'reserve', tries: 2, by: 'chart' },
    verbs: [],
  })
})

t.test('its journal is read in its order, from any transition on', async (t) => {
  const source = fileSource(file())
  const seqs = async (from: number) => {
    const found: unknown[] = []
    for await (const page of source.lines(from))
      found.push(...page.map(({ seq, active }) => [seq, ...active]))
    return found
  }
  t.same(await seqs(0), [
    [0, 'doing', 'doing.lock'],
    [1, 'parked'],
  ])
  t.same(await seqs(1), [[1, 'parked']])
})

t.test('a moment has its context, and what changed in it', async (t) => {
  const source = fileSource(file())
  t.match(await source.moment(1), {
    context: { a: 1, b: [2] },
    changes: [{ path: 'b', before: undefined, after: [2] }],
    cut: { context: null, snapshot: null, event: null },
  })
  await t.rejects(source.moment(2), { status: 404, message: 'The file has no transition 2.' })
})

t.test('what is too long to be shown is told by its size, and what is too deep by a word', async (t) => {
  const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown
  const [first] = file().transitions
  const withContext = (context: unknown) =>
    fileSource(file({ transitions: [{ ...first, snapshot: { context } } as typeof first & {}] })).moment(1)
  t.match(await withContext('x'.repeat(300_000)), {
    context: null,
    snapshot: null,
    cut: { context: 300_002, event: null },
  })
  t.match(await withContext(deep), {
    context: '(nested too deep to be shown)',
    changes: [],
    cut: { changes: 0 },
  })
})

t.test('a chart that is not in the file is known by nobody', async (t) => {
  const source = fileSource(file())
  await t.rejects(source.chart({ machine: 'commande', version: '2' }), { code: 'machine_inconnue' })
})

t.test('rubbish where a saga tells its trouble is no trouble', async (t) => {
  const { saga } = file()
  const source = fileSource(file({ saga: { ...saga, trouble: 'none', problem: 7 } }))
  t.match(await source.saga(), { error_code: null, parked: { code: null, by: 'chart' } })
})
