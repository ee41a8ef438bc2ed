import t from 'tap'
import { openJournal, nextOf, ownAll, startOf } from '../../test/kit/journal-database.ts'
import type { SagaWrite, Transition } from '../engine/ports.ts'
import type { FilmedSaga } from './saga-film.ts'

const journal = await openJournal(t)
const { store, reader } = journal
const { film } = reader
const [lease] = await ownAll(journal)

type Row = Partial<Omit<Transition, 'snapshot'>> & { readonly snapshot?: unknown }

/** A saga with these transitions, as any machine may have written them. */
async function saga(...rows: readonly Row[]): Promise<FilmedSaga> {
  const start = startOf(lease)
  const [first] = start.transitions
  const transitions = rows.map(({ snapshot = {}, ...row }, seq) => {
    if (first === undefined) throw new Error('a saga begins with a transition')
    return { ...first, ...row, seq, snapshot: JSON.stringify(snapshot) }
  })
  await store.write([{ ...start, transitions } satisfies SagaWrite])
  const found = await film.find(start.sagaId)
  if (found === undefined) throw new Error('it was written')
  return found
}

const all = { fromSeq: 0, limit: 2_000 }
const child = (status: string, more: object = {}) => ({ snapshot: { status, ...more }, src: 'x' })

t.test('a line tells where the saga stands and what is open, and nothing of its context', async (t) => {
  const context = { secret: 'x'.repeat(100_000) }
  const children = {
    lock: child('active'),
    'a "quoted" one': child('active'),
    over: child('done', { output: [1] }),
  }
  const one = await saga(
    { snapshot: { value: { doing: 'lock' }, context, children } },
    { snapshot: { value: 'done', context }, actor: 'packing', timer: 'soon', state: 'done' },
    { snapshot: { children: 'hostile', value: null } },
  )
  const lines = await film.lines(one, all)
  t.match(lines, [
    { seq: 0, version: '1', actor: null, timer: null, state: 'doing.lock', value: { doing: 'lock' } },
    { seq: 1, actor: 'packing', timer: 'soon', state: 'done', value: 'done', open: [] },
    { seq: 2, value: null, open: [] },
  ])
  t.same(lines[0]?.open.toSorted(), ['a "quoted" one', 'lock'])
  t.equal(lines[0]?.at, Date.UTC(2026, 0, 1))
  t.notMatch(JSON.stringify(lines), /secret/)
})

t.test('of a long event people are told who did what, and what failed', async (t) => {
  const long = 'y'.repeat(5_000)
  const short = { type: 'xstate.done.actor.lock', actorId: 'lock', output: { lignes: [1] } }
  const failed = { type: 'xstate.error.actor.lock', actorId: 'lock', output: long }
  const error = {
    name: 'E',
    message: long,
    code: 'C',
    step: 'lock',
    status: 409,
    inDoubt: false,
    answer: long,
  }
  const deed = { type: 'skald.complete', actor: 'ada', reason: 'by hand', step: 'lock', output: long }
  const one = await saga(
    { event: short },
    { event: { ...failed, error } },
    { event: deed },
    { event: { ...failed, error: long } },
  )
  const [a, b, c, d] = (await film.lines(one, all)).map(({ event }) => event as Record<string, unknown>)
  t.strictSame(a, short)
  t.strictSame(b, {
    type: failed.type,
    actorId: 'lock',
    error: { name: 'E', message: long.slice(0, 1_000), code: 'C', step: 'lock', status: 409, inDoubt: false },
  })
  t.strictSame(c, { type: deed.type, actor: 'ada', reason: 'by hand', step: 'lock' })
  t.strictSame(d, { type: failed.type, actorId: 'lock' })
})

const move = (from: string, to: string) => ({ type: 'skald.migrate', actor: 'ada', reason: 'x', from, to })

t.test('each line knows the version of its machine, also on a later page', async (t) => {
  const one = await saga({}, { event: move('0', 'a') }, {}, { event: move('a', '1') }, {})
  t.match(one, {
    first_version: '0',
    version: '1',
    moves: [
      { seq: 1, to: 'a' },
      { seq: 3, to: '1' },
    ],
  })
  t.strictSame(
    (await film.lines(one, all)).map(({ version }) => version),
    ['0', 'a', 'a', '1', '1'],
  )
  t.strictSame(
    (await film.lines(one, { fromSeq: 2, limit: 2 })).map(({ seq, version }) => [seq, version]),
    [
      [2, 'a'],
      [3, '1'],
    ],
  )
  t.match(await saga({}), { first_version: '1', moves: [] })
})

/** Random, so that Postgres can't make it smaller. */
const noise = (bytes: number) =>
  Array.from({ length: bytes / 16 }, () => Math.random().toString(36).slice(2, 18).padEnd(16, '0')).join('')

t.test('a page of large rows is short, but never empty', async (t) => {
  const context = { noise: noise(1_900_000) }
  const one = await saga({ snapshot: { context } }, { snapshot: { context } }, {}, {})
  t.strictSame(
    (await film.lines(one, all)).map(({ seq }) => seq),
    [0],
  )
  t.strictSame(
    (await film.lines(one, { fromSeq: 1, limit: 10 })).map(({ seq }) => seq),
    [1, 2, 3],
  )
  const pages: number[][] = []
  for await (const page of film.rows(one, { pageBytes: 200_000 })) pages.push(page.map(({ seq }) => seq))
  t.strictSame(pages, [[0], [1], [2, 3]])
  t.ok((await film.storedBytes(one)) > 2_500_000)
})

t.test('of a moment what is large is not there, but its size', async (t) => {
  const context = { note: 'z'.repeat(1_000) }
  const one = await saga({ snapshot: { context, value: 'a' } }, { snapshot: { value: 'b' } })
  const [whole, without] = await film.moments(one, [0, 1, 7], 100_000)
  t.strictSame(JSON.parse(whole?.context ?? ''), context)
  t.strictSame(JSON.parse(whole?.snapshot ?? ''), { context, value: 'a' })
  t.match(without, { seq: 1, context: null, bytes: { context: 0 } })
  const [cut] = await film.moments(one, [0], 100)
  t.match(cut, { context: null, snapshot: null, event: '{"type":"to doing.lock"}' })
  t.equal(cut?.bytes.context, JSON.stringify(context).length)
  t.equal(await film.snapshot(one, 0), JSON.stringify({ context, value: 'a' }))
  t.equal(await film.snapshot(one, 2), undefined)
})

t.test('what comes behind the moment at which a saga was found is not told', async (t) => {
  const start = startOf(lease)
  await store.write([start])
  const one = await film.find(start.sagaId)
  if (one === undefined) throw new Error('it was written')
  await store.write([nextOf(start)])
  t.strictSame(
    (await film.lines(one, all)).map(({ seq }) => seq),
    [0],
  )
  t.strictSame(
    (await film.events(one, 10)).map(({ seq, type }) => [seq, type]),
    [
      [0, 'FIRST'],
      [0, 'SECOND'],
    ],
  )
  t.equal(await film.find('00000000-0000-7000-8000-000000000000'), undefined)
})
