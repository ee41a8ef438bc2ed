// Scenarios in fair weather: orders that go through, orders that are refused, and many at once.
import type { Checks } from './checks.ts'
import type { Scenario, Stage } from './stage.ts'

const STORY_OF_A_SALE = ['COMMANDE_CREEE', 'PANIER_VERROUILLE', 'STOCK_RESERVE', 'VENTE_CREEE', 'TERMINEE']

const order: Scenario = {
  number: 1,
  does: 'order 3 of 15 pieces',
  async play(stage, checks) {
    const { answer } = await stage.orderThatIsDone()
    checks.equal('the answer', answer.status, 201)
    const { saga_id, vente_id, detail } = answer.body
    if (!saga_id) throw new Error(`no saga_id was answered (${detail ?? 'no detail'})`)
    checks.equal('the body', Object.keys(answer.body).sort(), ['saga_id', 'vente_id'])
    checks.equal('the state', (await stage.shop.saga(saga_id)).state, 'DONE')
    checks.equal('the story', await stage.shop.events(saga_id), STORY_OF_A_SALE)
    return `201, vente ${vente_id}, DONE: ${STORY_OF_A_SALE.join(' → ')}`
  },
}

const effects: Scenario = {
  number: 2,
  does: 'look at its effects',
  async play(stage, checks) {
    const { produit, cart } = await stage.orderThatIsDone()
    const ventes = await stage.shop.ventes(cart)
    checks.equal('the stock', await stage.shop.stock(produit), 12)
    checks.equal('the number of ventes', ventes.length, 1)
    const line = { produit_id: produit, quantite: 3, prix_unitaire: '39.99' }
    checks.equal('the vente', ventes[0]?.lignes, [line])
    checks.equal('the cart', await stage.shop.cartStatus(cart), 'LOCKED')
    return 'stock 12, one vente of 3 at 39.99, cart LOCKED'
  },
}

const repetition: Scenario = {
  number: 3,
  does: 'the same call again, with its key',
  async play(stage, checks) {
    const { produit, cart, key, answer } = await stage.orderThatIsDone()
    const again = await stage.shop.order(cart, key)
    checks.equal('the answer', again.status, 201)
    checks.equal('the body', again.body, answer.body)
    checks.equal('Idempotency-Replayed', again.isReplayed, true)
    checks.equal('the number of ventes', (await stage.shop.ventes(cart)).length, 1)
    checks.equal('the stock', await stage.shop.stock(produit), 12)
    return 'the first answer again; still one vente, stock 12'
  },
}

const keyOfAnother: Scenario = {
  number: 4,
  does: 'another cart under that key',
  async play(stage, checks) {
    const { produit, key } = await stage.orderThatIsDone()
    const cart = await stage.shop.cart(produit, 1)
    const { status, body } = await stage.shop.order(cart, key)
    checks.equal('the answer', status, 422)
    checks.equal('the code', body.code, 'cle_reutilisee')
    checks.equal('the other cart', await stage.shop.cartStatus(cart), 'OPEN')
    checks.equal('the stock', await stage.shop.stock(produit), 12)
    return '422 cle_reutilisee, and nothing happened'
  },
}

const refusal: Scenario = {
  number: 5,
  does: 'order 2 of 1 piece',
  async play(stage, checks) {
    const { produit, cart, answer } = await stage.orderThatIsRefused()
    checks.equal('the answer', answer.status, 409)
    checks.equal('the state', answer.body.state, 'FAILED')
    checks.equal('the step in the error', answer.body.error?.step, 'reserve')
    checks.equal('the code', answer.body.code, 'stock_insuffisant')
    checks.equal('the cart', await stage.shop.cartStatus(cart), 'OPEN')
    checks.equal('the stock', await stage.shop.stock(produit), 1)
    checks.equal('the ventes', await stage.shop.ventes(cart), [])
    return '409 stock_insuffisant at reserve, FAILED; cart OPEN, stock 1, no vente'
  },
}

const serviceEvents: Scenario = {
  number: 9,
  does: 'the service events of both orders',
  async play(stage, checks) {
    const sale = ['LOCK_CART SUCCESS', 'CREATE_RESERVATION SUCCESS', 'CREATE_VENTE SUCCESS']
    const refused = ['LOCK_CART SUCCESS', 'UNLOCK_CART SUCCESS', 'CREATE_RESERVATION FAILURE']
    for (const [placed, expected] of [
      [await stage.orderThatIsDone(), sale],
      [await stage.orderThatIsRefused(), refused],
    ] as const) {
      const sagaId = placed.answer.body.saga_id
      const events = await stage.shop.serviceEvents(sagaId)
      const told = events.map(({ action, outcome }) => `${action} ${outcome}`)
      checks.equal('what was told', told, expected)
      const sagas = [...new Set(events.map((event) => event.correlation_id))]
      checks.equal('the correlation_id', sagas, [sagaId])
    }
    return 'LOCK_CART, CREATE_RESERVATION, CREATE_VENTE; FAILURE of CREATE_RESERVATION, UNLOCK_CART; each with its saga'
  },
}

const manyWithOneKey: Scenario = {
  number: 11,
  does: '20 calls at once with one key',
  async play(stage, checks) {
    const produit = await stage.produit(15)
    const cart = await stage.shop.cart(produit, 3)
    const calls = Array.from({ length: 20 }, () => stage.shop.order(cart, stage.key('one')))
    const answers = await Promise.all(calls)
    const bodies = new Set(answers.map(({ body }) => JSON.stringify(body)))
    checks.equal('the answer', [...new Set(answers.map(({ status }) => status))], [201])
    checks.equal('the number of different answers', bodies.size, 1)
    checks.equal('the number of ventes', (await stage.shop.ventes(cart)).length, 1)
    checks.equal('the stock', await stage.shop.stock(produit), 12)
    return 'one saga, 20 equal answers; one vente, stock 12'
  },
}

const PIECES = 100
const ORDERS = 200

const rush: Scenario = {
  number: 12,
  does: '200 orders at once for 100 pieces',
  async play(stage, checks) {
    const produit = await stage.produit(PIECES)
    const carts = await stage.shop.carts(ORDERS, produit, (index) => (index % 3) + 1)
    stage.waiting('all are being answered')
    let isOver = false
    const answered = Promise.all(carts.map((cart) => stage.shop.order(cart, stage.key(cart))))
    const over = answered.finally(() => (isOver = true))
    const least = await leastStock(stage, produit, () => isOver)
    const answers = await over
    const sagas = await Promise.all(answers.map(({ body }) => stage.ended(body.saga_id)))
    const done = sagas.filter(({ state }) => state === 'DONE').length
    const sold = await soldOf(stage, checks, new Map(carts.map((cart, i) => [cart, sagas[i]?.state ?? ''])))
    const left = await stage.shop.stock(produit)
    checks.equal('sold + left', sold + left, PIECES)
    checks.holds(`the stock was ${least}`, least >= 0 && left >= 0)
    checks.equal('what was sold', sold <= PIECES && sold > 0 ? 'possible' : sold, 'possible')
    return `${sold} sold + ${left} left = ${PIECES}; ${done} DONE, ${ORDERS - done} FAILED with their carts OPEN`
  },
}

async function leastStock(stage: Stage, produit: number, isOver: () => boolean): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  while (!isOver()) least = Math.min(least, await stage.shop.stock(produit))
  return least
}

/** Pieces sold to these carts, by the state that their sagas ended in. */
async function soldOf(stage: Stage, checks: Checks, states: Map<string, string>): Promise<number> {
  const quantities = [...states].map(async ([cart, state]) => {
    const [ventes, status] = await Promise.all([stage.shop.ventes(cart), stage.shop.cartStatus(cart)])
    checks.equal(`the cart of a ${state} saga`, status, state === 'DONE' ? 'LOCKED' : 'OPEN')
    checks.equal(`the number of ventes of a ${state} saga`, ventes.length, state === 'DONE' ? 1 : 0)
    return ventes.flatMap(({ lignes }) => lignes).reduce((sum, { quantite }) => sum + quantite, 0)
  })
  return (await Promise.all(quantities)).reduce((sum, quantite) => sum + quantite, 0)
}

export const orderScenarios = [
  order,
  effects,
  repetition,
  keyOfAnother,
  refusal,
  serviceEvents,
  manyWithOneKey,
  rush,
]
