// The mission's scenarios, on real Postgres and real sockets. Those that kill processes are in test/crash.
import t from 'tap'
import { BY_TEST } from './kit/shop.ts'
import { startSystem } from './kit/system.ts'
import { until } from './kit/until.ts'

t.test('an order goes all the way, and its effects stand (1, 2, 3, 4, 9)', async (t) => {
  const { shop } = await startSystem(t)
  await shop.setStock(15)
  const cart = await shop.cart(3)

  const first = await shop.order(cart, { key: 'hp-1' })
  t.equal(first.status, 201)
  t.type(first.body.vente_id, 'number')
  const { saga_id } = first.body
  t.strictSame(Object.keys(first.body).sort(), ['saga_id', 'vente_id'])
  t.equal((await shop.saga(saga_id)).state, 'DONE')
  t.strictSame(await shop.events(saga_id), [
    'COMMANDE_CREEE',
    'PANIER_VERROUILLE',
    'STOCK_RESERVE',
    'VENTE_CREEE',
    'TERMINEE',
  ])

  t.equal(await shop.stock(), 12)
  t.equal(await shop.cartStatus(cart), 'LOCKED')
  const [vente, ...others] = await shop.ventes(cart)
  t.strictSame(others, [])
  t.strictSame(vente?.lignes, [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }])
  t.strictSame(await shop.serviceEvents(saga_id), [
    'LOCK_CART SUCCESS',
    'CREATE_RESERVATION SUCCESS',
    'CREATE_VENTE SUCCESS',
  ])

  const again = await shop.order(cart, { key: 'hp-1' })
  t.equal(again.status, 201)
  t.strictSame(again.body, first.body)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal((await shop.ventes(cart)).length, 1)
  t.equal(await shop.stock(), 12)

  const otherCart = await shop.cart(1)
  const other = await shop.order(otherCart, { key: 'hp-1' })
  t.equal(other.status, 422)
  t.equal(other.body.code, 'cle_reutilisee')
  t.equal(await shop.cartStatus(otherCart), 'OPEN')
  t.equal(await shop.stock(), 12)
})

t.test('a refused reservation is answered at once, and the cart is free again (5)', async (t) => {
  const { shop } = await startSystem(t)
  await shop.setStock(1)
  const cart = await shop.cart(2)
  const { status, headers, body } = await shop.order(cart, { key: 'rb-1' })
  t.equal(status, 409)
  t.match(headers['content-type'], 'application/problem+json')
  t.equal(body.state, 'FAILED')
  t.equal(body.error?.step, 'reserve')
  t.equal(body.code, 'stock_insuffisant')
  t.equal(await shop.cartStatus(cart), 'OPEN')
  t.equal(await shop.stock(), 1)
  t.strictSame(await shop.ventes(), [])
  t.strictSame(await shop.serviceEvents(body.saga_id), [
    'LOCK_CART SUCCESS',
    'UNLOCK_CART SUCCESS',
    'CREATE_RESERVATION FAILURE',
  ])
  t.strictSame(await shop.events(body.saga_id), [
    'COMMANDE_CREEE',
    'PANIER_VERROUILLE',
    'PANIER_DEVERROUILLE',
    'FAILED',
  ])
})

t.test('a participant that is down surely did nothing: undone and answered at once (6)', async (t) => {
  const { shop, produits } = await startSystem(t)
  await shop.setStock(10)
  const cart = await shop.cart(2)
  await produits.stop()
  const { status, body } = await shop.order(cart)
  t.equal(status, 502)
  t.equal(body.state, 'FAILED')
  t.equal(body.error?.step, 'create')
  t.equal(body.error?.inDoubt, false)
  t.equal(await shop.cartStatus(cart), 'OPEN')
  t.equal(await shop.reservationStatus(body.saga_id), 'RELEASED')
  t.equal(await shop.stock(), 10)
  t.notOk(
    (await shop.transitions(body.saga_id)).some(({ state }) => state === 'parked'),
    'it never parked',
  )
  await produits.start()
  t.strictSame(await shop.ventes(), [])
})

const IMPATIENT = { STEP_TIMEOUT_MS: '250', STEP_DEADLINE_MS: '600', STEP_RETRIES: '1', WAIT_SECONDS: '1' }

for (const what of ['request', 'answer'] as const) {
  t.test(`in doubt, for the ${what} was late: no vente stands in the end (7)`, async (t) => {
    const { shop, produits } = await startSystem(t, IMPATIENT)
    await shop.setStock(10)
    const cart = await shop.cart(2)
    produits.hold(what)
    const { status, body } = await shop.order(cart)
    t.equal(status, 202, 'its compensation waits for the same participant')
    await until('parked', async () => (await shop.saga(body.saga_id)).state === 'parked.undoing')
    produits.release()
    const saga = await until('the end', async () => {
      const now = await shop.saga(body.saga_id)
      return now.state === 'FAILED' && now
    })
    t.equal(saga.last_error?.step, 'create')
    t.strictSame(await shop.ventes(), [])
    t.equal(await shop.cartStatus(cart), 'OPEN')
    t.equal(await shop.stock(), 10)
    t.equal(await shop.reservationStatus(body.saga_id), 'RELEASED')
    const ventes = (await shop.serviceEvents(body.saga_id)).filter((event) =>
      event.startsWith('CREATE_VENTE'),
    )
    t.ok(ventes.length <= 1, 'the vente was created once at most')
  })
}

for (const how of ['by itself', 'by RETRY'] as const) {
  t.test(`a compensation that can't reach its participant parks, and goes on ${how} (8)`, async (t) => {
    const { shop, stocks, produits } = await startSystem(t, IMPATIENT)
    await shop.setStock(10)
    const cart = await shop.cart(2)
    // In doubt at produits while stocks goes away, so that the way back leads through stocks.
    produits.hold('answer')
    const order = shop.order(cart, { prefer: 'respond-async' })
    const { saga_id } = (await order).body
    await until('the vente step', async () => (await shop.saga(saga_id)).state === 'doing.create')
    await stocks.stop()
    await shop.post(`/api/sagas/${saga_id}/cancel`, BY_TEST)
    produits.release()
    const parked = await until('parked', async () => {
      const now = await shop.saga(saga_id)
      // On a busy machine it may have parked at produits before.
      return now.status === 'parked' && now.parked?.step === 'reserve' && now
    })
    t.match(parked.parked?.reason, /ECONNREFUSED/)
    await stocks.start()
    if (how === 'by RETRY') {
      const retried = await shop.post(`/api/sagas/${saga_id}/retry`, BY_TEST)
      t.ok([200, 409].includes(retried.status), 'taken, or it went on by itself just before')
    }
    await until('the end', async () => (await shop.saga(saga_id)).state === 'FAILED')
    t.equal(await shop.cartStatus(cart), 'OPEN')
    t.equal(await shop.stock(), 10)
    t.strictSame(await shop.ventes(), [])
  })
}

t.test('twenty requests at once with one key are one saga, and twenty equal answers (11)', async (t) => {
  const { shop } = await startSystem(t)
  await shop.setStock(15)
  const cart = await shop.cart(3)
  const answers = await Promise.all(Array.from({ length: 20 }, () => shop.order(cart, { key: 'one' })))
  const [first] = answers
  t.equal(first?.status, 201)
  for (const { status, body } of answers) t.strictSame({ status, body }, { status: 201, body: first?.body })
  t.equal((await shop.ventes()).length, 1)
  t.equal(await shop.stock(), 12)
})

t.test('two hundred orders for a hundred pieces sell a hundred at most (12)', async (t) => {
  // All two hundred wait for one row of stock: on a slow machine longer than a step may usually take.
  const { shop } = await startSystem(t, { STEP_TIMEOUT_MS: '30000', STEP_DEADLINE_MS: '60000' })
  await shop.setStock(100)
  const carts = await Promise.all(Array.from({ length: 200 }, (_, i) => shop.cart((i % 3) + 1)))
  const answers = await Promise.all(carts.map((cart) => shop.order(cart)))
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([201, 409]))
  const ventes = await shop.ventes()
  const sold = ventes.flatMap(({ lignes }) => lignes).reduce((sum, { quantite }) => sum + quantite, 0)
  const left = await shop.stock()
  t.ok(left >= 0)
  t.equal(sold + left, 100)
  t.equal(ventes.length, answers.filter(({ status }) => status === 201).length)
  for (const [index, { status }] of answers.entries()) {
    t.equal(await shop.cartStatus(carts[index] ?? ''), status === 201 ? 'LOCKED' : 'OPEN')
  }
})
