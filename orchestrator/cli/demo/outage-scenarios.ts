// Scenarios in which a participant is away, or answers too late.
import type { Checks } from './checks.ts'
import type { Scenario, Stage } from './stage.ts'

const STOCK = 10

/** Nothing is left of the order but its story. */
async function checkUndone(
  stage: Stage,
  checks: Checks,
  { produit, cart, sagaId }: { produit: number; cart: string; sagaId: string },
): Promise<void> {
  const { shop } = stage
  checks.equal('the state', (await shop.saga(sagaId)).state, 'FAILED')
  checks.equal('the cart', await shop.cartStatus(cart), 'OPEN')
  checks.equal('the reservation', await shop.reservationStatus(sagaId), 'RELEASED')
  checks.equal('the stock', await shop.stock(produit), STOCK)
  checks.equal('the ventes', await shop.ventes(cart), [])
}

const participantDown: Scenario = {
  number: 6,
  does: 'order while produits is stopped',
  async play(stage, checks) {
    const { shop, system } = stage
    const produit = await stage.produit(STOCK)
    const cart = await shop.cart(produit, 2)
    stage.waiting('produits is being stopped')
    await system.stop('produits')
    const orderedAt = performance.now()
    const { status, body } = await shop.order(cart, stage.key('down'))
    const seconds = ((performance.now() - orderedAt) / 1000).toFixed(1)
    checks.equal('the answer', status, 502)
    checks.equal('the state in the answer', body.state, 'FAILED')
    checks.equal('the step in the error', body.error?.step, 'create')
    const states = await shop.states(body.saga_id)
    checks.holds('it was parked on the way', !states.includes('parked'))
    stage.waiting('produits is being started')
    await system.start('produits')
    await checkUndone(stage, checks, { produit, cart, sagaId: body.saga_id })
    return `502 after ${seconds} s, FAILED, never parked; cart OPEN, reservation RELEASED, stock ${STOCK}; no vente later`
  },
}

/** Orders a cart whose vente will be asked for and not be answered: the saga cannot know whether it was made. */
async function orderInDoubt(stage: Stage, name: string) {
  const produit = await stage.produit(STOCK)
  const cart = await stage.shop.cart(produit, 2)
  await stage.system.suspend('produits')
  const sagaId = await stage.begin(cart, stage.key(name))
  await stage.sagaThat('asks for its vente', sagaId, ({ state }) => state === 'doing.create')
  return { produit, cart, sagaId }
}

const lateAnswer: Scenario = {
  number: 7,
  does: "produits answers after the step's deadline",
  async play(stage, checks) {
    const order = await orderInDoubt(stage, 'late')
    stage.waiting('produits is suspended, until the step gives it up')
    await stage.sagaThat('gives the vente up', order.sagaId, ({ state }) => state !== 'doing.create')
    stage.system.resume('produits')
    stage.waiting('produits goes on, with the call that nobody waits for')
    await stage.ended(order.sagaId)
    await checkUndone(stage, checks, order)
    const told = await stage.shop.serviceEvents(order.sagaId)
    const made = told.filter(({ action, outcome }) => `${action} ${outcome}` === 'CREATE_VENTE SUCCESS')
    const late = made.length > 0 ? 'was made, and cancelled' : 'was refused'
    return `in doubt, so undone: the late vente ${late}; cart OPEN, stock ${STOCK}`
  },
}

const compensationFails: Scenario = {
  number: 8,
  does: 'undoing while stocks is stopped',
  async play(stage, checks) {
    const { shop, system } = stage
    const order = await orderInDoubt(stage, 'parked')
    stage.waiting('produits is suspended, until the step gives it up')
    await system.stop('stocks')
    await stage.sagaThat('gives the vente up', order.sagaId, ({ state }) => state !== 'doing.create')
    system.resume('produits')
    stage.waiting('the saga tries to release its reservation')
    // From its second try on there is time to start stocks before the next automatic one.
    const { parked } = await stage.sagaThat(
      'is parked at its reservation',
      order.sagaId,
      ({ parked }) => parked?.step === 'reserve' && parked.tries >= 2,
    )
    checks.holds('no reason is told', (parked?.reason ?? '') !== '')
    stage.waiting('stocks is being started')
    await system.start('stocks')
    const how = (await shop.retry(order.sagaId)) ? 'RETRY took it on' : 'it went on by itself'
    await stage.ended(order.sagaId)
    await checkUndone(stage, checks, order)
    return `parked (${parked?.reason}); stocks is back, ${how}: FAILED, all undone`
  },
}

export const outageScenarios = [participantDown, lateAnswer, compensationFails]
