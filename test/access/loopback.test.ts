// Where nobody is asked who they are: who can call nevertheless, and who can not.
import t from 'tap'
import type { HttpServer } from '../../services/participant/http-server.ts'
import { startSystem } from '../kit/system.ts'

const built: HttpServer[] = []
const system = await startSystem(t, {}, { api: (api) => built.push(api) })
const [api] = built
if (api === undefined) throw new Error('nothing was built')

const status = async (headers: Record<string, string>, url = '/api/sagas') =>
  (await api.inject({ url, headers })).statusCode

t.test('this machine calls without a token', async (t) => {
  const hosts = ['localhost', 'localhost:8000', 'LOCALHOST:1', '127.0.0.1:8000', '127.1.2.3', '[::1]:8000']
  for (const host of [...hosts, 'skald.localhost']) t.equal(await status({ host }), 200, host)
  const answer = await fetch(`${system.orchestrator.url}/api/sagas`)
  t.equal(answer.status, 200)
})

t.test('a page whose name was made to lead here is told that this is not its place', async (t) => {
  const names = [
    'skald.example',
    'evil.example:8000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
  ]
  for (const host of [...names, 'localhost@evil.example', '169.254.169.254', '0.0.0.0:8000', ' ', '::1'])
    for (const url of ['/api/sagas', '/inspector', '/healthz', '/nowhere', '/inspector/stately'])
      t.equal(await status({ host }, url), 421, `${host} ${url}`)
  const { body, headers } = await api.inject({ url: '/metrics', headers: { host: 'evil.example' } })
  t.match(JSON.parse(body), { code: 'hote_refuse', detail: /called as localhost/ })
  t.match(headers['content-type'], 'application/problem+json')
})

t.test('a page of another site can not call, whatever it wants', async (t) => {
  const origins = [
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'http://10.0.0.1:8000',
    'file://',
  ]
  for (const origin of origins) {
    t.equal(await status({ origin }), 403, origin)
    const { statusCode, body } = await api.inject({
      method: 'POST',
      url: '/api/bulk',
      payload: {},
      headers: { origin },
    })
    t.match([statusCode, JSON.parse(body).code], [403, 'origine_refusee'], origin)
    t.equal(await status({ origin }, '/inspector/stately'), 403, `${origin}, a WebSocket`)
  }
  for (const origin of [
    'http://localhost:8000',
    'http://127.0.0.1:5173',
    'https://localhost',
    'http://[::1]:8000',
  ])
    t.equal(await status({ origin }), 200, origin)
})

t.test('what an operator does is noted under the name that they give, and they have to', async (t) => {
  const { body } = await api.inject({
    method: 'POST',
    url: '/api/bulk',
    payload: { verb: 'retry', filter: {} },
  })
  t.match(JSON.parse(body), { errors: [{ field: 'actor', message: 'is required' }, { field: 'reason' }] })
})

t.test('nothing is told of tokens, nor asked of callers', async (t) => {
  const { headers, body } = await api.inject({ url: '/docs/json', headers: { authorization: 'Bearer x' } })
  t.notOk('www-authenticate' in headers)
  t.equal(JSON.parse(body).components.securitySchemes, undefined)
  const session = await api.inject({ url: '/inspector/api/session' })
  t.strictSame(session.json(), { configured: false, name: null, roles: [] })
  const out = await api.inject({ method: 'DELETE', url: '/inspector/api/session' })
  t.equal(out.statusCode, 204)
})
