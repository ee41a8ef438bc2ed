// Scenarios in which a participant is away, or answers too late.
import type { Checks } from './checks.ts'
import type { Scenario, Stage } from './stage.ts'

const STOCK = 10
const QUANTITE = 2

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
    const cart = await shop.cart(produit, QUANTITE)
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
  const cart = await stage.shop.cart(produit, QUANTITE)
  await stage.system.suspend('produits')
  const sagaId = await stage.begin(cart, stage.key(name))
  await stage.sagaThat('asks for its vente', sagaId, ({ state }) => state === 'doing.create')
  return { produit, cart, sagaId }
}

const lateAnswer: Scenario = {
  number: 7,
  does: "produits answers after the step's deadline",
  async play(stage, checks) {
    const { shop } = stage
    const { produit, cart, sagaId } = await orderInDoubt(stage, 'late')
    stage.waiting('produits is suspended, until the step gives it up')
    await stage.sagaThat('parks, in doubt', sagaId, ({ state }) => state === 'parked.doing')
    stage.system.resume('produits')
    stage.waiting('produits goes on, with the call that nobody waits for, and is asked again')
    const { state, vente_id } = await stage.ended(sagaId)
    checks.equal('the state', state, 'DONE')
    const ventes = (await shop.ventes(cart)).map((vente) => vente.vente_id)
    checks.equal('the ventes', ventes, [vente_id])
    checks.equal('the cart', await shop.cartStatus(cart), 'LOCKED')
    checks.equal('the reservation', await shop.reservationStatus(sagaId), 'RESERVED')
    checks.equal('the stock', await shop.stock(produit), STOCK - QUANTITE)
    const made = (await shop.serviceEvents(sagaId)).filter(({ action }) => action === 'CREATE_VENTE')
    checks.equal('how often the vente was made', made.length, 1)
    return `in doubt, so parked, and asked again with the same key: DONE, one vente, stock ${STOCK - QUANTITE}`
  },
}

const compensationFails: Scenario = {
  number: 8,
  does: 'undoing while stocks is stopped',
  async play(stage, checks) {
    const { shop, system } = stage
    const order = await orderInDoubt(stage, 'parked')
    stage.waiting('stocks is being stopped, and the order cancelled')
    await system.stop('stocks')
    await shop.cancel(order.sagaId)
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
    return `cancelled, then parked (${parked?.reason}); stocks is back, ${how}: FAILED, all undone`
  },
}

export const outageScenarios = [participantDown, lateAnswer, compensationFails]
