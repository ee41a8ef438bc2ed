// Some requests at random to every route, the same ones each time; `npm run fuzz` asks as many others as one likes.
import t from 'tap'
import { freshDatabase } from '../kit/database.ts'
import { http } from '../kit/http.ts'
import { faultsIn } from './faults.ts'
import { fuzz } from './run.ts'
import { openTarget } from './target.ts'

const SEED = 20261122

for (const [isGuarded, runs] of [
  [false, 24],
  [true, 8],
] as const) {
  const where = isGuarded ? 'where tokens are asked for' : 'where nobody is asked who they are'
  t.test(`whatever is asked, every route answers as it has to, ${where}`, async (t) => {
    const { url } = await freshDatabase(t)
    const target = await openTarget(t, url, isGuarded)
    const { routes, statuses, broken } = await fuzz(target, { seed: SEED, runs })
    t.comment(JSON.stringify(Object.fromEntries(statuses)))
    for (const fault of broken) t.fail(fault)
    t.ok(routes.length > 60, `${routes.length} routes`)
    for (const status of [200, 201, 400, 404])
      t.ok((statuses.get(status) ?? 0) > 0, `some were answered ${status}`)

    for (const server of target.servers)
      t.equal((await http.get(`${server.url}/readyz`)).statusCode, 200, server.name)
    t.type(await target.order(), 'string', 'an order goes well afterwards')
  })
}

t.test('an answer that is not as it has to be is found', async (t) => {
  const route = { method: 'GET', url: '/api/counts', access: undefined }
  const schema = { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] }
  const responses = { 200: { content: { 'application/json': { schema } } } }
  const found = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    const answer = {
      status,
      headers: { 'content-type': type, ...headers },
      text: JSON.stringify(body),
      isWhole: true,
    }
    return faultsIn(answer, route, { paths: { '/api/counts': { get: { responses } } } })
  }
  const problem = { type: 'about:blank', title: 'Bad Request', status: 400, detail: 'No.', code: 'non' }
  t.strictSame(found(200, { count: 1 }), [])
  t.strictSame(found(400, problem), [])
  t.strictSame(found(503, { ...problem, status: 503 }), [])

  t.match(found(200, { count: '1' }), ['it is not what the document says: data/count must be integer'])
  t.match(found(201, {}), ['the document tells of no 201'])
  t.match(found(500, { ...problem, status: 500 }), ['it answers 500'])
  t.match(found(400, { ...problem, code: '' }), [/^a problem document that lacks something/])
  t.match(found(400, problem, { 'content-type': 'text/html' }), [
    'a 400 that is no problem document: text/html',
  ])
  t.match(found(200, { count: 1 }, { server: 'x/1.0' }), ['it has a header server'])
  for (const detail of [
    'at run (/app/x.js:1:2)',
    'select 1 from orchestrator.saga',
    'engine.ts:7',
    'syntax error at or near "x"',
  ])
    t.match(found(400, { ...problem, detail }), [/^it tells /], detail)
})
