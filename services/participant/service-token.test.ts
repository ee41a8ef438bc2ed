import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'
import { startParticipant, type TestParticipant } from '../../test/kit/participant.ts'
import { carts } from '../carts/server.ts'
import { produits } from '../produits/server.ts'
import { stocks } from '../stocks/server.ts'
import { readConfig } from './config.ts'

const TOKEN = 'a-service-token-of-a-test'
const OLD = 'the-token-before-that-one'
const METRICS = 'a-token-for-metrics-alone'
const tokens = { serviceToken: `${TOKEN},${OLD}`, metricsToken: METRICS }
const id = randomUUID()

const participants = [
  {
    name: 'carts',
    start: (t: Test) => startParticipant(t, carts, tokens),
    calls: [
      'GET /api/caisse/events',
      'POST /api/caisse',
      `GET /api/caisse/${id}`,
      `POST /api/caisse/${id}/lock`,
      `POST /api/caisse/${id}/unlock/`,
    ],
  },
  {
    name: 'stocks',
    start: (t: Test) => startParticipant(t, stocks, tokens),
    calls: [
      'GET /api/stock/events/',
      'GET /api/stock/1/1',
      'PUT /api/stock/1/1',
      'POST /api/stock/reservations',
      `GET /api/stock/reservations/${id}`,
      `DELETE /api/stock/reservations/${id}`,
    ],
  },
  {
    name: 'produits',
    start: (t: Test) => startParticipant(t, produits, tokens),
    calls: [
      'GET /api/produits/events',
      'POST /api/produits/ventes',
      'GET /api/produits/ventes',
      'GET /api/produits/ventes/1',
      'DELETE /api/produits/ventes/1',
    ],
  },
]

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const statusOf = async (participant: TestParticipant, call: string, asked = {}) =>
  (await participant.ask(call, asked)).status

for (const { name, start, calls } of participants)
  t.test(`${name} with a service token lets in nobody without it`, async (t) => {
    const participant = await start(t)
    for (const call of [...calls, 'HEAD /healthzz', 'GET /nothing/here', 'OPTIONS /api']) {
      for (const [who, asked] of [
        ['nobody', {}],
        ['a wrong token', bearer('a-service-token-of-a-tess')],
        ['the metrics token', bearer(METRICS)],
        ['both in one', bearer(tokens.serviceToken)],
        ['another scheme', { headers: { authorization: `Basic ${TOKEN}` } }],
      ] as const) {
        const { status, headers } = await participant.ask(call, asked)
        t.strictSame([status, headers['www-authenticate']], [401, 'Bearer'], `${call} by ${who}`)
      }
      for (const token of [TOKEN, OLD]) {
        const status = await statusOf(participant, call, bearer(token))
        t.ok(status !== 401 && status < 500, `${call} by one of the tokens: ${status}`)
      }
    }
    for (const call of ['GET /healthz', 'GET /readyz']) t.equal(await statusOf(participant, call), 200, call)
  })

t.test('metrics are for the token of metrics and the service token', async (t) => {
  const [none, both] = [{}, bearer(OLD)]
  for (const [given, asked] of [
    [tokens, { let: [both, bearer(METRICS)], not: [none, bearer('neither-of-the-tokens')] }],
    [{ serviceToken: OLD }, { let: [both], not: [none, bearer(METRICS)] }],
    [{ metricsToken: METRICS }, { let: [bearer(METRICS)], not: [none, both] }],
    [{}, { let: [none, both], not: [] }],
  ] as const) {
    const participant = await startParticipant(t, carts, given)
    for (const who of asked.let) t.equal(await statusOf(participant, 'GET /metrics', who), 200)
    for (const who of asked.not) t.equal(await statusOf(participant, 'GET /metrics', who), 401)
  }
})

t.test(
  'without a token a participant answers on its own machine alone, and none of another site’s pages',
  async (t) => {
    const participant = await startParticipant(t, carts)
    const asked = { headers: { host: 'shop.example' } }
    const { status, body } = await participant.ask('GET /api/caisse/events', asked)
    t.match({ status, code: body.code }, { status: 421, code: 'hote_refuse' })
    t.equal(await statusOf(participant, 'GET /api/caisse/events', { headers: { host: '127.0.0.1:1' } }), 200)
    t.equal(await statusOf(participant, 'GET /readyz', asked), 200)

    const lock = (origin: string) =>
      statusOf(participant, `POST /api/caisse/${id}/lock`, { headers: { origin } })
    t.equal(await lock('https://shop.example'), 403)
    t.equal(await lock('null'), 403)
    t.equal(await lock('http://localhost:8000'), 404)
  },
)

t.test('where others can call, a participant does not start without a service token', async (t) => {
  const settings = { DATABASE_URL: 'postgres://localhost/skald', HOST: '0.0.0.0' }
  t.throws(() => readConfig(settings, { PORT: 0 }), {
    name: 'ConfigError',
    message: /^HOST is 0\.0\.0\.0, where others can call, and SERVICE_TOKEN is not set: set it, or /,
  })
  t.match(readConfig({ ...settings, SERVICE_TOKEN: tokens.serviceToken }, { PORT: 0 }), { HOST: '0.0.0.0' })
  t.throws(() => readConfig({ ...settings, HOST: '[::1]' }, { PORT: 0 }), {
    message: /^HOST must be a host name or an IP address, .* without port and brackets\.$/,
  })
  t.throws(() => readConfig({ ...settings, SERVICE_TOKEN: 'short' }, { PORT: 0 }), {
    message: /^SERVICE_TOKEN must be 16 to 512 letters/,
  })
})
