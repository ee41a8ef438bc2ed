// Issue 2's section "Bad input", line by line, through real HTTP: what is wrong is named, and nothing is left behind.
import got from 'got'
import pg from 'pg'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { BY_TEST, MAGASIN } from './kit/shop.ts'
import { startSystem } from './kit/system.ts'

const system = await startSystem(t)
const { shop } = system
const pool = new pg.Pool({ connectionString: system.databaseUrl })
pool.on('error', () => undefined)
t.teardown(() => pool.end())
const cart = await shop.cart(1)
const order = { cart_id: cart, magasin_id: MAGASIN }

interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code: string
  readonly errors?: { field: string; message: string }[]
}

interface Sent {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly body?: string | Buffer
  readonly headers?: Record<string, string>
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** Sends it as it is, and checks that the answer is a problem document. */
async function problemOf({ method = 'POST', path, body, headers = {} }: Sent): Promise<Problem> {
  const answer = await got(`${system.orchestrator.url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
    throwHttpErrors: false,
    retry: { limit: 0 },
  })
  t.match(answer.headers['content-type'], 'application/problem+json', `${method} ${path}`)
  const problem: Problem = JSON.parse(answer.body)
  t.equal(problem.status, answer.statusCode)
  for (const text of [problem.title, problem.detail, problem.code]) t.ok(text.length > 0)
  t.notMatch(answer.body, /at .*\.ts:\d+|node_modules/, 'no stack')
  return problem
}

async function rowsBehind(): Promise<number> {
  const names = ['saga', 'transition', 'idempotency_key', 'inbox']
  const tables = names.map((table) => `orchestrator.${table}`)
  const services = ['carts', 'stocks', 'produits'].map((schema) => `${schema}.service_event`)
  const counts = [...tables, ...services].map((table) => `(select count(*) from ${table})`)
  const { rows } = await pool.query<{ sum: string }>(`select ${counts.join('+')} as sum`)
  return Number(rows[0]?.sum)
}

/** Both paths that start a commande, and nothing left behind by either. */
async function startProblem(sent: Omit<Sent, 'path'>): Promise<Problem> {
  const before = await rowsBehind()
  const problem = await problemOf({ ...sent, path: '/api/orchestrator/' })
  t.strictSame(await problemOf({ ...sent, path: '/api/sagas/commande' }), problem)
  t.equal(await rowsBehind(), before, 'nothing is left behind')
  return problem
}

const bodies: [string, string | Buffer, number, string][] = [
  ['cut off', '{"cart_id":', 400, 'json_invalide'],
  ['of another language', '<cart>1</cart>', 400, 'json_invalide'],
  ['with a poisoned prototype', '{"__proto__":{"cart_id":1}}', 400, 'json_invalide'],
  ['no text at all', Buffer.from([0xff, 0xfe, 0x00]), 400, 'json_invalide'],
  ['empty', '', 400, 'corps_vide'],
  ['null', 'null', 400, 'corps_vide'],
  ['larger than 1 MiB', `{"cart_id":"${'x'.repeat(1_048_576)}"}`, 413, 'corps_trop_grand'],
  ['deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, 'requete_invalide'],
  ...['[]', '"cart"', '7', 'true'].map((body): [string, string, number, string] => [
    body,
    body,
    400,
    'requete_invalide',
  ]),
]
for (const [what, body, status, code] of bodies) {
  t.test(`a body that is ${what} is refused with ${code}`, async (t) => {
    t.match(await startProblem({ body, headers: JSON_TYPE }), { status, code })
  })
}

t.test('no body at all is refused as empty', async (t) => {
  t.match(await startProblem({}), { status: 400, code: 'corps_vide' })
})

t.test('another content type is refused, whatever the body', async (t) => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
    const sent = { body: JSON.stringify(order), headers: { 'content-type': type } }
    t.match(await startProblem(sent), { status: 415, code: 'type_non_supporte' }, type)
  }
  t.match(await startProblem({ body: JSON.stringify(order) }), { status: 415 }, 'none')
})

const fields: [string, unknown, string[]][] = [
  ['nothing', {}, ['cart_id', 'magasin_id']],
  ['no cart', { magasin_id: 1 }, ['cart_id']],
  ['no magasin', { cart_id: cart }, ['magasin_id']],
  ['one field more', { ...order, prix: 1 }, ['prix']],
  ['two fields more', { ...order, a: 1, saga_id: cart }, ['a', 'saga_id']],
  ...[7, null, '', 'cart-1', `${cart}0`, `urn:uuid:${cart}`, cart.toUpperCase(), {}, [cart]].map(
    (value): [string, unknown, string[]] => [
      `cart_id ${JSON.stringify(value)}`,
      { ...order, cart_id: value },
      ['cart_id'],
    ],
  ),
  ...['101', null, 0, -1, 1.5, 2_147_483_648, 1e300, true, [1]].map((value): [string, unknown, string[]] => [
    `magasin_id ${JSON.stringify(value)}`,
    { ...order, magasin_id: value },
    ['magasin_id'],
  ]),
  ['all of it wrong', { cart_id: 1, magasin_id: 'x', z: 1 }, ['cart_id', 'magasin_id', 'z']],
]
for (const [what, body, named] of fields) {
  t.test(`an order with ${what} is refused, naming ${named.join(' and ')}`, async (t) => {
    const problem = await startProblem({ body: JSON.stringify(body), headers: JSON_TYPE })
    t.match(problem, { status: 400, code: 'requete_invalide' })
    t.strictSame(new Set(problem.errors?.map(({ field }) => field)), new Set(named))
    for (const name of named) t.match(problem.detail, name)
  })
}

t.test('an Idempotency-Key that is none is refused by its name', async (t) => {
  const keys = { empty: '', 'ten kB': 'k'.repeat(10_240), 'too long': 'k'.repeat(256), 'two words': 'a b' }
  for (const [what, key] of Object.entries(keys)) {
    const headers = { ...JSON_TYPE, 'idempotency-key': key }
    const problem = await startProblem({ body: JSON.stringify(order), headers })
    t.match(problem, { status: 400, errors: [{ field: 'Idempotency-Key' }] }, what)
    t.match(problem.detail, 'Idempotency-Key')
    t.ok(problem.detail.length < 500, 'it is not repeated')
  }
})

t.test('an unknown machine is named, with those there are', async (t) => {
  const before = await rowsBehind()
  for (const path of ['/api/sagas/nope', '/api/sagas/%00', '/api/sagas/constructor']) {
    const problem = await problemOf({ path, body: '{}', headers: JSON_TYPE })
    t.match(problem, { status: 404, code: 'machine_inconnue' })
    t.match(problem.detail, 'commande')
  }
  t.equal(await rowsBehind(), before)
})

t.test('an unknown saga is 404, and what is no saga_id is 400', async (t) => {
  for (const tail of ['', '/events', '/transitions', '/']) {
    const path = `/api/sagas/${newUuid()}${tail}`
    t.match(await problemOf({ method: 'GET', path }), { status: 404, code: 'saga_inconnue' }, path)
    const bad = await problemOf({ method: 'GET', path: `/api/sagas/nope${tail}` })
    t.match(bad, { status: 400, errors: [{ field: 'saga_id' }] })
  }
  for (const verb of ['retry', 'cancel']) {
    const body = JSON.stringify(BY_TEST)
    const nobody = await problemOf({ path: `/api/sagas/${newUuid()}/${verb}`, body, headers: JSON_TYPE })
    t.match(nobody, { status: 404, code: 'saga_inconnue' })
    const bad = await problemOf({ path: `/api/sagas/nope/${verb}`, body, headers: JSON_TYPE })
    t.match(bad, { status: 400, errors: [{ field: 'saga_id' }] })
  }
})

const queries: [string, string][] = [
  ...['nope', '', 'AAAA', Buffer.from(`${newUuid()}x`).toString('base64url'), 'c'.repeat(200), '%00'].map(
    (cursor): [string, string] => [`cursor=${cursor}`, 'cursor'],
  ),
  ...['0', '-1', '1.5', 'ten', '', '201', '1e3', '99999999999999999999', '%00'].map(
    (limit): [string, string] => [`limit=${limit}`, 'limit'],
  ),
  ['limit=1&limit=2', 'limit'],
  ['status=unheard', 'status'],
  ['status=DONE', 'status'],
  ['nonsense=1', 'nonsense'],
  [`q=${'q'.repeat(501)}`, 'q'],
  ['q=%00', 'q'],
  ['state=%00', 'state'],
  ['machine=a%00b', 'machine'],
]
for (const [query, field] of queries) {
  t.test(`a list asked for with ${query.slice(0, 40)} is refused, naming ${field}`, async (t) => {
    const problem = await problemOf({ method: 'GET', path: `/api/sagas?${query}` })
    t.match(problem, { status: 400, code: 'requete_invalide' })
    t.match(problem.errors?.[0]?.field, new RegExp(`^${field}`))
  })
}

t.test('a journal asked for with a bad from_seq or limit is refused by its name', async (t) => {
  const asked = {
    'from_seq=-1': 'from_seq',
    'from_seq=2147483648': 'from_seq',
    'limit=0': 'limit',
    'limit=1001': 'limit',
  }
  for (const [query, field] of Object.entries(asked)) {
    const problem = await problemOf({ method: 'GET', path: `/api/sagas/${newUuid()}/transitions?${query}` })
    t.match(problem, { status: 400, errors: [{ field }] }, query)
  }
})

t.test('addresses that are none are told so', async (t) => {
  t.match(await problemOf({ method: 'GET', path: '/api/nope' }), { status: 404, code: 'route_inconnue' })
  t.match(await problemOf({ method: 'GET', path: '/api/orchestrator/' }), { status: 404 })
  t.match(await problemOf({ method: 'GET', path: '/api/sagas/%zz' }), {
    status: 400,
    code: 'adresse_invalide',
  })
})

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

const events: [string, string | Buffer, number, string, string?][] = [
  ['cut off', '{"type":', 400, 'json_invalide'],
  ['with a poisoned prototype', '{"type":"CANCEL","__proto__":{"a":1}}', 400, 'json_invalide'],
  ['empty', '', 400, 'corps_vide'],
  ['null', 'null', 400, 'corps_vide'],
  ['a list', '[]', 400, 'requete_invalide', 'body'],
  ['a text', '"CANCEL"', 400, 'requete_invalide', 'body'],
  ['without a type', '{"payload":1}', 400, 'requete_invalide', 'type'],
  ['of a type without letters', '{"type":""}', 400, 'requete_invalide', 'type'],
  ['of a type that is a number', '{"type":7}', 400, 'requete_invalide', 'type'],
  ['of a type that is null', '{"type":null}', 400, 'requete_invalide', 'type'],
  ['of a type too long', `{"type":"${'T'.repeat(201)}"}`, 400, 'requete_invalide', 'type'],
  ['larger than 64 KiB', `{"type":"CANCEL","a":"${'x'.repeat(65_536)}"}`, 413, 'corps_trop_grand'],
  ['nested too deep', `{"type":"CANCEL","a":${deep(32)}}`, 400, 'requete_invalide', 'body'],
  ['nested far too deep', `{"type":"CANCEL","a":${deep(30_000)}}`, 400, 'requete_invalide', 'body'],
  ['with a NUL', '{"type":"CANCEL","a":"\\u0000"}', 400, 'requete_invalide', 'body'],
  ['with a NUL in its type', '{"type":"CAN\\u0000CEL"}', 400, 'requete_invalide', 'body'],
  ['with half a surrogate pair', '{"type":"CANCEL","a":["\\ud83d"]}', 400, 'requete_invalide', 'body'],
]
for (const [what, body, status, code, field] of events) {
  t.test(`an event that is ${what} is refused with ${code}`, async (t) => {
    const before = await rowsBehind()
    const problem = await problemOf({ path: `/api/sagas/${newUuid()}/events`, body, headers: JSON_TYPE })
    t.match(problem, { status, code })
    if (field !== undefined) t.match(problem.errors?.[0], { field })
    t.equal(await rowsBehind(), before, 'nothing is left behind')
  })
}

t.test('an event that is just not too much gets as far as its saga', async (t) => {
  const fits = [`{"type":"${'T'.repeat(200)}"}`, `{"type":"CANCEL","a":${deep(31)},"é":"\\ud83d\\ude00"}`]
  for (const body of fits) {
    const problem = await problemOf({ path: `/api/sagas/${newUuid()}/events`, body, headers: JSON_TYPE })
    t.match(problem, { status: 404, code: 'saga_inconnue' })
  }
})

t.test('an event with a key that is none, or for what is no saga, is refused by its name', async (t) => {
  const body = '{"type":"CANCEL"}'
  const sent = [
    ['events', body],
    ['cancel', JSON.stringify(BY_TEST)],
  ] as const
  for (const [tail, body] of sent) {
    const path = `/api/sagas/${newUuid()}/${tail}`
    const headers = { ...JSON_TYPE, 'idempotency-key': 'a b' }
    const problem = await problemOf({ path, body, headers })
    t.match(problem, { status: 400, errors: [{ field: 'Idempotency-Key' }] })
  }
  const nowhere = await problemOf({ path: '/api/sagas/nope/events', body, headers: JSON_TYPE })
  t.match(nowhere, { status: 400, errors: [{ field: 'saga_id' }] })
  const text = { 'content-type': 'text/plain' }
  t.match(await problemOf({ path: `/api/sagas/${newUuid()}/events`, body, headers: text }), { status: 415 })
})

interface Refused {
  readonly what: string
  readonly code: string
  readonly cart: () => Promise<string>
  readonly magasin?: number
}

const refusals: Refused[] = [
  { what: 'that is unknown', code: 'panier_inconnu', cart: async () => newUuid() },
  { what: 'of another magasin', code: 'magasin_different', cart: () => shop.cart(1), magasin: 102 },
  { what: 'without lines', code: 'panier_vide', cart: () => emptyCart() },
  { what: 'that another saga has locked', code: 'panier_verrouille', cart: () => soldCart() },
]

async function emptyCart(): Promise<string> {
  const answer = await got.post<{ cart_id: string }>(`${system.carts.url}/api/caisse/`, {
    json: { magasin_id: MAGASIN, lignes: [] },
    responseType: 'json',
  })
  return answer.body.cart_id
}

async function soldCart(): Promise<string> {
  await shop.setStock(10)
  const sold = await shop.cart(1)
  t.equal((await shop.order(sold)).status, 201)
  return sold
}

for (const { what, code, cart: makeCart, magasin = MAGASIN } of refusals) {
  t.test(`an order for a cart ${what} fails with ${code}, and nothing is left behind`, async (t) => {
    await shop.setStock(5)
    const refusedCart = await makeCart()
    const stock = await shop.stock()
    const ventes = await shop.ventes()
    const { status, headers, body } = await shop.order(refusedCart, { magasin })
    t.equal(status, 409)
    t.match(headers['content-type'], 'application/problem+json')
    t.match(body, { state: 'FAILED', code, error: { step: 'lock', code, inDoubt: false } })
    t.match(body.detail, refusedCart)
    const saga = await shop.saga(body.saga_id)
    t.match(saga, { state: 'FAILED', status: 'failed', last_error: { step: 'lock', code } })
    t.strictSame(await shop.events(body.saga_id), ['COMMANDE_CREEE', 'FAILED'])
    t.strictSame(await shop.serviceEvents(body.saga_id), ['LOCK_CART FAILURE'])
    t.equal(await shop.stock(), stock)
    t.strictSame(await shop.ventes(), ventes)
  })
}
