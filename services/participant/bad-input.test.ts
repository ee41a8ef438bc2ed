// What no participant accepts: each is answered by a problem document that names the field or header, and leaves
// nothing behind.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'
import { startParticipant } from '../../test/kit/participant.ts'
import type { Asked, Reply, TestParticipant } from '../../test/kit/participant.ts'
import { carts } from '../carts/server.ts'
import { produits } from '../produits/server.ts'
import { stocks } from '../stocks/server.ts'
import type { Problem } from './problem.ts'

const json = { 'content-type': 'application/json' }
const id = randomUUID()

function isProblem(t: Test, reply: Reply<Problem>, expected: object, title: string) {
  t.match(reply.headers, { 'content-type': /^application\/problem\+json/ }, title)
  t.match(
    reply.body,
    { type: 'about:blank', title: /\w/, status: reply.status, detail: /^\S.*\.$/, ...expected },
    title,
  )
}

/** Every body of `bodies` is refused with a 400 that names the field. */
async function refuses(
  t: Test,
  { participant, call }: { participant: TestParticipant; call: string },
  bodies: [field: string, body: unknown][],
) {
  for (const [field, body] of bodies) {
    const reply = await participant.ask(call, { headers: json, body: JSON.stringify(body) })
    isProblem(
      t,
      reply,
      { status: 400, code: 'requete_invalide', errors: [{ field }] },
      `${field}: ${JSON.stringify(body)}`,
    )
    t.match(reply.body.detail, field)
  }
}

const badCounts = [0, -1, 1.5, 2_147_483_648, '3', null, true]
const badPrices = [
  '39.999',
  39.999,
  -1,
  '-0.01',
  'NaN',
  'abc',
  '',
  '1e3',
  1e21,
  1e-7,
  null,
  true,
  '12345678901',
]

t.test('a body that is not a JSON object is refused', async (t) => {
  const participant = await startParticipant(t, carts)
  const bodies: [title: string, expected: object, asked: Asked][] = [
    ['no body', { status: 400, code: 'corps_vide' }, {}],
    ['empty', { status: 400, code: 'corps_vide' }, { headers: json, body: '' }],
    ['null', { status: 400, code: 'corps_vide' }, { headers: json, body: 'null' }],
    ['not JSON', { status: 400, code: 'json_invalide' }, { headers: json, body: '{"magasin_id":' }],
    ['NaN', { status: 400, code: 'json_invalide' }, { headers: json, body: '{"magasin_id": NaN}' }],
    ['__proto__', { status: 400, code: 'json_invalide' }, { headers: json, body: '{"__proto__": {}}' }],
    ['an array', { status: 400, code: 'requete_invalide' }, { headers: json, body: '[]' }],
    ['a string', { status: 400, code: 'requete_invalide' }, { headers: json, body: '"magasin"' }],
    [
      'a form',
      { status: 415, code: 'type_non_supporte' },
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'magasin_id=101',
      },
    ],
    [
      'plain text',
      { status: 415, code: 'type_non_supporte' },
      {
        headers: { 'content-type': 'text/plain' },
        body: '{}',
      },
    ],
    [
      '1 MiB and a byte',
      { status: 413, code: 'corps_trop_grand' },
      {
        headers: json,
        body: `"${'x'.repeat(1_048_575)}"`,
      },
    ],
  ]
  for (const [title, expected, asked] of bodies) {
    isProblem(t, await participant.ask('POST /api/caisse/', asked), expected, title)
  }
  const { rows } = await participant.pool.query('select from carts.cart')
  t.equal(rows.length, 0)
})

t.test('a cart with a bad field is refused', async (t) => {
  const participant = await startParticipant(t, carts)
  const ligne = { produit_id: 501, quantite: 3, prix_unitaire: '39.99' }
  const withLigne = (change: object) => ({ magasin_id: 101, lignes: [{ ...ligne, ...change }] })
  await refuses(t, { participant, call: 'POST /api/caisse/' }, [
    ['magasin_id', { lignes: [] }],
    ['lignes', { magasin_id: 101 }],
    ['lignes', { magasin_id: 101, lignes: {} }],
    ['lignes', { magasin_id: 101, lignes: Array.from({ length: 1001 }, () => ligne) }],
    ['surprise', { magasin_id: 101, lignes: [], surprise: 1 }],
    ['lignes/0/surprise', withLigne({ surprise: 1 })],
    ['lignes/0/quantite', { magasin_id: 101, lignes: [{ produit_id: 501, prix_unitaire: '1' }] }],
    ...badCounts.map((count): [string, unknown] => ['magasin_id', { magasin_id: count, lignes: [] }]),
    ...badCounts.map((count): [string, unknown] => ['lignes/0/quantite', withLigne({ quantite: count })]),
    ...badCounts.map((count): [string, unknown] => ['lignes/0/produit_id', withLigne({ produit_id: count })]),
    ...badPrices.map((price): [string, unknown] => [
      'lignes/0/prix_unitaire',
      withLigne({ prix_unitaire: price }),
    ]),
  ])
  const { rows } = await participant.pool.query('select from carts.cart')
  t.equal(rows.length, 0)
})

t.test('all faults of a body are told at once', async (t) => {
  const participant = await startParticipant(t, carts)
  const body = { magasin_id: 'x', lignes: [{ produit_id: 0, quantite: 1.5, prix_unitaire: '1.234' }] }
  const reply = await participant.ask('POST /api/caisse/', { body })
  t.strictSame(
    new Set(reply.body.errors?.map(({ field }) => field)),
    new Set(['magasin_id', 'lignes/0/produit_id', 'lignes/0/quantite', 'lignes/0/prix_unitaire']),
  )
  const many = { magasin_id: 101, lignes: Array.from({ length: 1000 }, () => ({})) }
  const { body: answer } = await participant.ask('POST /api/caisse/', { body: many })
  t.equal(answer.errors?.length, 20)
  t.match(answer.detail, /and 2980 more\.$/)
})

t.test('the body of a lock may be missing, but not wrong', async (t) => {
  const participant = await startParticipant(t, carts)
  const { body: cart } = await participant.ask<{ cart_id: string }>('POST /api/caisse/', {
    body: { magasin_id: 101, lignes: [{ produit_id: 501, quantite: 3, prix_unitaire: 1 }] },
  })
  const call = `POST /api/caisse/${cart.cart_id}/lock/`
  await refuses(t, { participant, call }, [
    ['magasin_id', { magasin_id: '101' }],
    ['magasin', { magasin: 101 }],
  ])
  t.equal((await participant.ask(call, { headers: json, body: '' })).status, 200)
})

t.test('an id in the path that is none is refused', async (t) => {
  const [caisse, stock, vente] = await Promise.all([
    startParticipant(t, carts),
    startParticipant(t, stocks),
    startParticipant(t, produits),
  ])
  const calls: [participant: TestParticipant, call: string, field: string][] = [
    [caisse, 'GET /api/caisse/42/', 'cart_id'],
    [caisse, `GET /api/caisse/urn:uuid:${id}/`, 'cart_id'],
    [caisse, `GET /api/caisse/${id}%00/`, 'cart_id'],
    [caisse, 'POST /api/caisse/42/lock/', 'cart_id'],
    [caisse, 'POST /api/caisse/42/unlock/', 'cart_id'],
    [stock, 'GET /api/stock/0/501/', 'magasin_id'],
    [stock, 'GET /api/stock/101/-1/', 'produit_id'],
    [stock, 'GET /api/stock/101/2147483648/', 'produit_id'],
    [stock, 'GET /api/stock/101/1e3/', 'produit_id'],
    [stock, 'GET /api/stock/reservations/42/', 'reservation_id'],
    [stock, 'DELETE /api/stock/reservations/42/', 'reservation_id'],
    [vente, 'GET /api/produits/ventes/abc/', 'vente_id'],
    [vente, 'GET /api/produits/ventes/99999999999999999999/', 'vente_id'],
    [vente, 'DELETE /api/produits/ventes/0/', 'vente_id'],
    [vente, 'GET /api/produits/ventes/?magasin_id=x', 'magasin_id'],
    [vente, 'GET /api/produits/ventes/?cart_id=x', 'cart_id'],
    [vente, 'GET /api/produits/ventes/?limit=501', 'limit'],
    [vente, 'GET /api/produits/ventes/?limit=1&limit=2', 'limit'],
    [vente, 'GET /api/produits/ventes/?magasin=101', 'magasin'],
    [vente, 'GET /api/produits/events/?correlation_id=%00', 'correlation_id'],
  ]
  for (const [participant, call, field] of calls) {
    isProblem(t, await participant.ask(call), { status: 400, errors: [{ field }] }, call)
  }
})

t.test('stock with a bad field is refused', async (t) => {
  const participant = await startParticipant(t, stocks)
  const call = 'PUT /api/stock/101/501/'
  await refuses(t, { participant, call }, [
    ['quantite', {}],
    ['extra', { quantite: 1, extra: 1 }],
    ...badCounts
      .filter((count) => count !== 0)
      .map((quantite): [string, unknown] => ['quantite', { quantite }]),
  ])
  t.equal((await participant.ask('GET /api/stock/101/501/')).status, 404)
})

t.test('a reservation with a bad field is refused', async (t) => {
  const participant = await startParticipant(t, stocks)
  const ligne = { produit_id: 501, quantite: 3 }
  await refuses(t, { participant, call: 'POST /api/stock/reservations/' }, [
    ['reservation_id', { reservation_id: 42, magasin_id: 101, lignes: [ligne] }],
    ['reservation_id', { reservation_id: 'rb-1', magasin_id: 101, lignes: [ligne] }],
    ['magasin_id', { lignes: [ligne] }],
    ['lignes', { magasin_id: 101, lignes: [] }],
    ['lignes', { magasin_id: 101, lignes: Array.from({ length: 1001 }, () => ligne) }],
    ['lignes/0/prix_unitaire', { magasin_id: 101, lignes: [{ ...ligne, prix_unitaire: '1' }] }],
    ...badCounts.map((quantite): [string, unknown] => [
      'lignes/1/quantite',
      { magasin_id: 101, lignes: [ligne, { ...ligne, quantite }] },
    ]),
  ])
  const { rows } = await participant.pool.query('select from stocks.service_event')
  t.equal(rows.length, 0)
})

t.test('a vente with a bad field is refused', async (t) => {
  const participant = await startParticipant(t, produits)
  const vente = { magasin_id: 101, cart_id: id, lignes: [{ produit_id: 501, quantite: 3, prix_unitaire: 1 }] }
  await refuses(t, { participant, call: 'POST /api/produits/ventes/' }, [
    ['cart_id', { ...vente, cart_id: 'cart' }],
    ['reservation_id', { ...vente, reservation_id: 7 }],
    ['lignes', { ...vente, lignes: [] }],
    ['total', { ...vente, total: 1 }],
    ...badPrices.map((price): [string, unknown] => [
      'lignes/0/prix_unitaire',
      { ...vente, lignes: [{ produit_id: 501, quantite: 3, prix_unitaire: price }] },
    ]),
  ])
  const { rows } = await participant.pool.query('select from produits.service_event')
  t.equal(rows.length, 0)
})

t.test('a header of the barrier that has the wrong form is refused', async (t) => {
  const participant = await startParticipant(t, carts)
  const lock = `POST /api/caisse/${id}/lock/`
  const unlock = `POST /api/caisse/${id}/unlock/`
  const cases: [call: string, header: string, value: string][] = [
    [lock, 'Idempotency-Key', ''],
    [lock, 'Idempotency-Key', 'hp-1'],
    [lock, 'Idempotency-Key', id],
    [lock, 'Idempotency-Key', `${id}:`],
    [lock, 'Idempotency-Key', `${id}:lock:undo`],
    [lock, 'Idempotency-Key', `${id}:lock me`],
    [lock, 'Idempotency-Key', `${id}:${'x'.repeat(65)}`],
    [lock, 'Idempotency-Key', 'x'.repeat(10_000)],
    [unlock, 'Idempotency-Key', `${id}:lock`],
    [unlock, 'Idempotency-Key', `${id}:lock:redo`],
    [lock, 'X-Correlation-Id', ''],
    [lock, 'X-Correlation-Id', 'a b'],
    [lock, 'X-Correlation-Id', 'x'.repeat(129)],
  ]
  for (const [call, header, value] of cases) {
    const reply = await participant.ask(call, { headers: { [header]: value } })
    const expected = { status: 400, code: 'en_tete_invalide', errors: [{ field: header }] }
    isProblem(t, reply, expected, `${header}: ${value.slice(0, 80)}`)
  }
  const disagreeing = await participant.ask(lock, {
    headers: { 'Idempotency-Key': `${id}:lock`, 'X-Correlation-Id': randomUUID() },
  })
  isProblem(t, disagreeing, { status: 400, errors: [{ field: 'X-Correlation-Id' }] }, 'they disagree')
  const { rows } = await participant.pool.query('select from carts.barrier')
  t.equal(rows.length, 0)
})

t.test('a saga has one name, however its uuid is written', async (t) => {
  const participant = await startParticipant(t, carts)
  const call = `POST /api/caisse/${id}/lock/`
  const headers = { 'Idempotency-Key': `${id.toUpperCase()}:lock`, 'X-Correlation-Id': id }
  const { status } = await participant.ask(call, { headers })
  t.equal(status, 404)
  const { body } = await participant.ask<object[]>(
    `GET /api/caisse/events/?correlation_id=${id.toUpperCase()}`,
  )
  t.match(body, [{ correlation_id: id }])
})

t.test('an address that is none is answered by a problem document', async (t) => {
  const participant = await startParticipant(t, carts)
  for (const call of ['GET /nowhere', 'DELETE /api/caisse/', `PATCH /api/caisse/${id}/`]) {
    isProblem(t, await participant.ask(call), { status: 404, code: 'route_inconnue' }, call)
  }
  isProblem(t, await participant.ask('GET /api/caisse/%zz'), { status: 400 }, 'badly encoded')
  isProblem(t, await participant.ask(`GET /api/caisse/${'x'.repeat(200)}`), {}, 'very long')
})
