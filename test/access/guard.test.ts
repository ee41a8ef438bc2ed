// What stands before the routes where it is asked who calls, beside who may what: see matrix.test.ts.
import t from 'tap'
import { MAGASIN } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { guardedSystem } from './guarded.ts'

const BY = { reason: 'the test says so' }

const system = await guardedSystem(t)

/** Of a saga that waits for produits. */
async function held(): Promise<string> {
  const { shop, produits, as } = system
  await shop.setStock(10)
  const payload = { cart_id: await shop.cart(1), magasin_id: MAGASIN }
  produits.hold('answer')
  const headers = { prefer: 'respond-async' }
  const start = { method: 'POST', url: '/api/orchestrator', headers, payload } as const
  // A busy machine accepts nothing for a moment.
  const { body } = await until('it is accepted', async () => {
    const answer = await as('start', start)
    return answer.statusCode === 202 && answer
  })
  return String(JSON.parse(body).saga_id)
}

t.test('who calls', async (t) => {
  const { api, as, file } = system
  const { tokens } = file
  const docs = { url: '/docs/json' }
  const page = { host: 'skald.example', cookie: `skald_session=${tokens.all}` }

  await t.test('is told by a bearer token, in whatever letters', async (t) => {
    for (const authorization of [`Bearer ${tokens.read}`, `bearer  ${tokens.read} `, `BEARER ${tokens.read}`])
      t.equal((await api.inject({ ...docs, headers: { authorization } })).statusCode, 200)
    for (const authorization of [
      '',
      'Bearer',
      `Basic ${tokens.read}`,
      tokens.read,
      `Bearer a ${tokens.read}`,
    ])
      t.equal((await api.inject({ ...docs, headers: { authorization } })).statusCode, 401, authorization)
  })

  await t.test('is refused by a sentence, and nothing is guessed', async (t) => {
    const { headers, body } = await as(undefined, docs)
    t.match(headers, {
      'content-type': 'application/problem+json; charset=utf-8',
      'www-authenticate': 'Bearer',
    })
    t.match(JSON.parse(body), { status: 401, code: 'non_authentifie', detail: /^This call needs a token: / })
    const wrong = await api.inject({ ...docs, headers: { authorization: 'Bearer x' } })
    t.equal(wrong.headers['www-authenticate'], 'Bearer error="invalid_token"')
    const { body: told } = await as('metrics', { url: '/api/sagas' })
    t.match(JSON.parse(told), {
      status: 403,
      code: 'interdit',
      detail: 'This takes a token with the role read; that of metrics has metrics.',
    })
  })

  await t.test('is told by the cookie as well, but for an Authorization that is sent in vain', async (t) => {
    t.equal((await api.inject({ ...docs, headers: page })).statusCode, 200)
    t.equal((await api.inject({ ...docs, headers: { ...page, authorization: 'Bearer x' } })).statusCode, 401)
  })

  await t.test('a cookie lets no page of another origin do anything', async (t) => {
    const post = { method: 'POST', url: '/api/bulk', payload: {} } as const
    const live = { url: '/inspector/api/live', headers: { accept: 'text/event-stream' } } as const
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://skald.example:81' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://skald.example' },
    ]
    for (const headers of foreign) {
      const { statusCode, body } = await api.inject({ ...post, headers: { ...page, ...headers } })
      t.match([statusCode, JSON.parse(body).code], [403, 'origine_refusee'], JSON.stringify(headers))
    }
    t.equal((await api.inject({ ...post, headers: page })).statusCode, 403, 'one that says nothing')
    for (const site of ['cross-site', 'same-site']) {
      const headers = { ...page, ...live.headers, 'sec-fetch-site': site }
      t.equal((await api.inject({ ...live, headers })).statusCode, 403, `a stream, ${site}`)
    }
    const own: Record<string, string>[] = [
      { origin: 'http://skald.example' },
      { 'sec-fetch-site': 'same-origin' },
      { host: '127.0.0.1:1', 'x-forwarded-host': 'shop.example', origin: 'https://shop.example' },
    ]
    for (const headers of own) {
      const { statusCode } = await api.inject({ ...post, headers: { ...page, ...headers } })
      t.equal(statusCode, 400, JSON.stringify(headers))
    }
    const token = { authorization: `Bearer ${tokens.all}`, origin: 'https://evil.example' }
    t.equal((await api.inject({ ...post, headers: token })).statusCode, 400, 'no page can have the token')
  })

  await t.test('a WebSocket is let in from its own page, and from those that may attach', async (t) => {
    const stately = { url: '/inspector/stately' }
    for (const [origin, status] of [
      ['http://skald.example', 426],
      ['http://localhost:5173', 426],
      ['https://evil.example', 403],
    ] as const)
      t.equal((await api.inject({ ...stately, headers: { ...page, origin } })).statusCode, status, origin)
  })

  await t.test('is counted where it is turned away, by why', async (t) => {
    const { body } = await as('metrics', { url: '/metrics' })
    for (const why of ['no_token', 'unknown_token', 'role', 'origin'])
      t.match(body, new RegExp(`skald_access_refusals_total\\{why="${why}",service="orchestrator"\\} [1-9]`))
  })
})

t.test('what is done', async (t) => {
  const { as } = system
  const saga = await held()

  await t.test('is noted under the name of the token', async (t) => {
    const url = `/api/sagas/${saga}/cancel`
    const { statusCode } = await as('operate', { method: 'POST', url, payload: BY })
    t.equal(statusCode, 200)
    const { body } = await as('read', { url: `/api/sagas/${saga}/transitions` })
    const events: { type: string }[] = JSON.parse(body).map(({ event }: { event: object }) => event)
    const cancel = events.find(({ type }) => type.startsWith('skald.'))
    t.match(cancel, { type: 'skald.cancel', actor: 'operate', ...BY })
  })

  await t.test('for somebody else is noted under both names', async (t) => {
    const order = { verb: 'abandon', filter: { status: 'parked' }, ...BY }
    const { body } = await begin({ ...order, actor: 'ada' })
    t.match(JSON.parse(body), { actor: 'ada (by operate)' })
    t.match(JSON.parse((await begin({ ...order, actor: 'operate' })).body), { actor: 'operate' })
    const long = 'a'.repeat(200)
    t.match(JSON.parse((await begin({ ...order, actor: long })).body), { actor: `${long} (by operate)` })
    for (const actor of [' ', 7, null, `${long}a`])
      t.match(JSON.parse((await begin({ ...order, actor })).body), {
        code: 'requete_invalide',
        errors: [{ field: 'actor' }],
      })
  })

  await t.test('nobody has to say by whom, as the document tells', async (t) => {
    const document = JSON.parse((await as('read', { url: '/docs/json' })).body)
    t.match(document.components.securitySchemes, { token: { type: 'http', scheme: 'bearer' } })
    const operating = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, { post }]) =>
      post?.responses['403']?.description.endsWith(': operate.') ? [{ path, post }] : [],
    )
    t.equal(operating.length, 10, 'six verbs, migrate, and what is done with bulks')
    for (const { path, post } of operating) {
      const { required = [] } = post.requestBody?.content['application/json'].schema ?? {}
      t.notOk(required.includes('actor'), path)
      t.strictSame(post.security, [{ token: [] }], path)
      t.ok(post.responses['401'] && post.responses['429'], path)
    }
  })
})

async function begin(payload: object) {
  return await system.as('operate', { method: 'POST', url: '/api/bulk', payload })
}

interface Operation {
  readonly security: readonly object[]
  readonly requestBody?: { content: { 'application/json': { schema: { required?: string[] } } } }
  readonly responses: Readonly<Record<string, { description: string }>>
}

async function burst(calls: number, call: () => Promise<{ statusCode: number }>) {
  const answers = await Promise.all(Array.from({ length: calls }, call))
  return answers.map(({ statusCode }) => statusCode)
}

t.test('how often', async (t) => {
  const { as, api } = await guardedSystem(t, { RATE_LIMIT: '20' })
  const docs = { url: '/docs/json' }

  await t.test('a token may call is its own affair', async (t) => {
    await until('it is answered 429', async () => {
      const answers = await burst(10, async () => await as('slow', docs))
      return answers.includes(429)
    })
    const { statusCode, headers, body } = await until('once more', async () => {
      const [, , , fourth] = await Promise.all([1, 2, 3, 4].map(async () => await as('slow', docs)))
      return fourth?.statusCode === 429 && fourth
    })
    t.equal(statusCode, 429)
    t.match(headers, { 'retry-after': '1', 'content-type': /problem\+json/ })
    t.match(JSON.parse(body), {
      code: 'trop_d_appels',
      detail: 'These are more than 3 calls a second; wait before the next.',
    })
    await burst(25, async () => await as('slow', docs))
    t.equal((await as('all', docs)).statusCode, 200, 'of another token nothing is taken')
  })

  await t.test('one calls without a token is counted by address, and health is never refused', async (t) => {
    await until('it is answered 429', async () =>
      (await burst(50, async () => await as(undefined, docs))).includes(429),
    )
    const elsewhere = { ...docs, headers: { 'x-forwarded-for': '203.0.113.7' } }
    t.equal((await as(undefined, elsewhere)).statusCode, 401, 'a proxy of ours says whose it is')
    const health = await burst(50, async () => await api.inject({ url: '/healthz' }))
    t.notOk(health.includes(429))
  })
})

t.test('answers say that no browser is to make anything of them, and nothing of who made them', async (t) => {
  const { as } = system
  for (const { name, url } of [
    { name: 'read', url: '/api/sagas' },
    { name: 'read', url: '/nowhere' },
    { name: undefined, url: '/api/sagas' },
  ] as const) {
    const { headers } = await as(name, { url })
    t.match(headers, {
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    t.notOk('server' in headers || 'x-powered-by' in headers)
  }
  const page = await as(undefined, { url: '/inspector' })
  t.match(page.headers['content-security-policy'], "script-src 'self'", 'the page has a policy of its own')
})
