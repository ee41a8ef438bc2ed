// Who may do what: each route against each kind of caller, in one process and on real Postgres.
import t from 'tap'
import { newToken } from '../../orchestrator/access/token-file.ts'
import { demandAccess, ROLES, type Access, type Role, type Route } from '../../services/participant/access.ts'
import { buildHttpServer, type HttpServer } from '../../services/participant/http-server.ts'
import { until } from '../kit/until.ts'
import { guardedSystem } from './guarded.ts'

const NOBODY = '00000000-0000-7000-8000-000000000000'
const everyRole = ROLES.join(' ')

/** The rights as they are meant to be: a change of any is seen here. What GET may, HEAD may. */
const MEANT: Readonly<Record<string, string>> = {
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'metrics',
  'GET /docs': everyRole,
  'GET /docs/json': everyRole,
  'GET /docs/yaml': everyRole,
  'GET /docs/static/*': everyRole,
  'GET /docs/static/index.html': everyRole,
  'GET /docs/static/swagger-initializer.js': everyRole,
  'POST /api/orchestrator': 'start',
  'POST /api/sagas/commande': 'start',
  'POST /api/sagas/:machine': 'start',
  'POST /api/sagas/:saga_id/events': 'start',
  'GET /api/sagas/:saga_id': 'start read operate',
  'GET /api/sagas': 'read',
  'GET /api/sagas/:saga_id/events': 'read',
  'GET /api/sagas/:saga_id/transitions': 'read',
  'GET /api/sagas/:saga_id/export': 'read',
  'GET /api/export': 'read',
  'GET /api/counts': 'read',
  'GET /api/machines': 'read',
  'GET /api/machines/:machine/:version': 'read',
  'GET /api/transitions': 'read',
  'POST /api/sagas/:saga_id/retry': 'operate',
  'POST /api/sagas/:saga_id/skip': 'operate',
  'POST /api/sagas/:saga_id/complete': 'operate',
  'POST /api/sagas/:saga_id/compensate': 'operate',
  'POST /api/sagas/:saga_id/cancel': 'operate',
  'POST /api/sagas/:saga_id/abandon': 'operate',
  'POST /api/sagas/:saga_id/migrate': 'operate',
  'POST /api/bulk': 'operate',
  'POST /api/bulk/:bulk_id/stop': 'operate',
  'POST /api/bulk/:bulk_id/resume': 'operate',
  'GET /api/bulk': 'read',
  'GET /api/bulk/:bulk_id': 'read operate',
  'GET /api/bulk/:bulk_id/sagas': 'read operate',
  'GET /inspector': 'public',
  'GET /inspector/assets/*': 'public',
  'GET /inspector/attach': 'public',
  'GET /inspector/api/attach': 'public',
  'GET /inspector/api/session': 'public',
  'POST /inspector/api/session': 'public',
  'DELETE /inspector/api/session': 'public',
  'GET /inspector/api/charts/:machine/:version': 'read',
  'GET /inspector/api/charts/:machine/:version/mermaid': 'read',
  'POST /inspector/api/charts': 'read',
  'GET /inspector/api/live': 'read',
  'GET /inspector/api/stats': 'read',
  'GET /inspector/api/sagas/:saga_id/film': 'read',
  'GET /inspector/api/sagas/:saga_id/moments/:seq': 'read',
  'GET /inspector/api/sagas/:saga_id/moments/:seq/snapshot': 'read',
  'GET /inspector/api/sagas/:saga_id/replay': 'read',
  'GET /inspector/api/sagas/:saga_id/service-events': 'read',
  'GET /inspector/stately': 'read',
}

const told = (access: Access | undefined) => (typeof access === 'object' ? access.join(' ') : String(access))

/** With a body that starts a saga: whoever is turned away must not have started one. */
async function call(api: HttpServer, { method, url }: Route, token: string | undefined, payload?: object) {
  const at = url
    .replaceAll(/:(saga|bulk)_id/g, NOBODY)
    .replace(':seq', '0')
    .replace(/:\w+|\*/g, 'x')
  return await api.inject({
    method: method as 'GET',
    url: at.replace('/api/sagas/x', '/api/sagas/commande'),
    // A stream of events would not end.
    headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(method === 'POST' && { payload: payload ?? { cart_id: NOBODY, magasin_id: 101 } }),
  })
}

t.test('every route, whoever calls', async (t) => {
  const { api, file } = await guardedSystem(t)
  const { tokens, revoke } = file
  const routes = api.routes()

  await t.test('declares its access, and it is the one that is meant', async (t) => {
    const declared = new Map(routes.map(({ method, url, access }) => [`${method} ${url}`, told(access)]))
    const others = [...declared].filter(([route]) => !route.startsWith('HEAD '))
    t.strictSame(Object.fromEntries(others), MEANT)
    for (const [route, access] of declared)
      if (route.startsWith('HEAD ')) t.equal(access, declared.get(route.replace('HEAD', 'GET')), route)
  })

  await t.test('is closed without a token that holds, unless it is public', async (t) => {
    const docs = { method: 'GET', url: '/docs/json', access: ROLES }
    t.equal((await call(api, docs, tokens.revoked)).statusCode, 200)
    await revoke('revoked')
    await until('it is revoked', async () => (await call(api, docs, tokens.revoked)).statusCode === 401)
    const { expired, revoked } = tokens
    const callers = { none: undefined, wrong: newToken(), cut: tokens.all.slice(0, -1), expired, revoked }
    for (const route of routes)
      for (const [caller, token] of Object.entries(callers)) {
        const { statusCode, headers } = await call(api, route, token)
        const isOpen = statusCode !== 401
        t.equal(isOpen, route.access === 'public', `${route.method} ${route.url} ${caller}: ${statusCode}`)
        if (!isOpen) t.match(headers['www-authenticate'], /^Bearer/)
      }
  })

  await t.test('is open to its roles, and to no other', async (t) => {
    const callers: Record<string, readonly Role[]> = { all: ROLES }
    for (const role of ROLES) callers[role] = [role]
    for (const route of routes)
      for (const [caller, roles] of Object.entries(callers)) {
        const { access = [] } = route
        const isMeant = access === 'public' || roles.some((role) => access.includes(role))
        const token = Object.entries(tokens).find(([name]) => name === caller)?.[1]
        const { statusCode } = await call(api, route, token, isMeant ? {} : undefined)
        const what = `${route.method} ${route.url} ${caller}: ${statusCode}`
        t.equal(statusCode !== 403, isMeant, what)
        t.notOk([401, 500].includes(statusCode), what)
      }
  })

  await t.test('is closed where there is none', async (t) => {
    const nowhere = { method: 'GET', url: '/nowhere', access: undefined }
    t.equal((await call(api, nowhere, undefined)).statusCode, 401)
    t.equal((await call(api, nowhere, tokens.metrics)).statusCode, 404)
  })

  await t.test('and nobody who was turned away has started anything', async (t) => {
    const all = { method: 'GET', url: '/api/sagas', access: ROLES }
    t.strictSame((await call(api, all, tokens.read)).json(), { sagas: [], next_cursor: null })
  })
})

t.test('a server with a route that says nothing of its access does not start', async (t) => {
  const app = await buildHttpServer('test', { log: 'silent', ready: async () => undefined })
  t.teardown(() => app.close())
  demandAccess(app)
  app.get('/forgotten', () => 'anything')
  const fault = 'No access is declared for GET /forgotten, HEAD /forgotten'
  await t.rejects(async () => app.ready(), { message: fault })
})
