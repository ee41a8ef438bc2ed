// kill -9 of an orchestrator while sagas are in flight: at each step, on the way back, and in full flight. A suspended
// participant holds its sagas at one step, so that what was in flight at the kill is known and not hoped for.
import type { Checks } from './checks.ts'
import { until } from './running-system.ts'
import type { Scenario, Stage } from './stage.ts'

const HELD = 4
const FLYING = 20
const QUANTITE = 2

/** Orders that were in flight at one kill, as it turned out or was arranged. */
interface Flight {
  produit: number
  stock: number
  /** By cart, the saga_id. */
  sagas: Map<string, string>
  inFlight: number
}

/** Kills while all orders wait for the answer of `participant` at `state`. */
async function killAt(stage: Stage, participant: string, state: string): Promise<Flight> {
  const stock = HELD * QUANTITE
  const flight = await holdAt(stage, { stock, participant, state })
  await killWhileHeld(stage, flight, { participant, state })
  return flight
}

/** Kills while all orders, refused for want of stock, wait for their carts to be unlocked. */
async function killOnTheWayBack(stage: Stage): Promise<Flight> {
  const flight = await holdAt(stage, { stock: 1, participant: 'stocks', state: 'doing.reserve' })
  await stage.system.suspend('carts')
  stage.system.resume('stocks')
  await killWhileHeld(stage, flight, { participant: 'carts', state: 'undoing.lock' })
  return flight
}

interface Hold {
  participant: string
  state: string
}

async function holdAt(stage: Stage, { stock, ...hold }: Hold & { stock: number }): Promise<Flight> {
  const produit = await stage.produit(stock)
  const carts = await stage.shop.carts(HELD, produit, () => QUANTITE)
  await stage.system.suspend(hold.participant)
  const begun = carts.map(async (cart) => [cart, await stage.begin(cart, stage.key(cart))] as const)
  const flight = { produit, stock, sagas: new Map(await Promise.all(begun)), inFlight: 0 }
  await allAt(stage, flight, hold.state)
  return flight
}

async function allAt(stage: Stage, { sagas }: Flight, wanted: string): Promise<void> {
  const reached = [...sagas.values()].map((sagaId) =>
    stage.sagaThat(`is at ${wanted}`, sagaId, ({ state }) => state === wanted),
  )
  await Promise.all(reached)
}

async function killWhileHeld(stage: Stage, flight: Flight, { participant, state }: Hold): Promise<void> {
  await allAt(stage, flight, state)
  flight.inFlight = flight.sagas.size
  const { again } = await stage.system.killOrchestrator()
  stage.waiting(`killed with ${flight.inFlight} sagas at ${state}`)
  stage.system.resume(participant)
  await again()
}

/** Kills while callers wait for their answers; each asks again, with its key, until it has one. */
async function killInFullFlight(stage: Stage): Promise<Flight> {
  const stock = FLYING * QUANTITE
  const produit = await stage.produit(stock)
  const carts = await stage.shop.carts(FLYING, produit, () => QUANTITE)
  const first = Promise.withResolvers<void>()
  const orders = carts.map((cart) =>
    until('an order is answered', async () => {
      const answer = await stage.shop.order(cart, stage.key(cart))
      first.resolve()
      // 503, nothing accepted: it is still starting. 502: its answer is lost.
      return answer.body.saga_id ? { cart, ...answer } : undefined
    }),
  )
  const all = Promise.all(orders)
  await Promise.race([first.promise, all])
  const { again } = await stage.system.killOrchestrator()
  stage.waiting(`killed with ${FLYING} orders in full flight`)
  await again()
  const answers = await all
  return {
    produit,
    stock,
    sagas: new Map(answers.map(({ cart, body }) => [cart, body.saga_id])),
    // Accepted before the kill and answered after it: the gateway, or the loop above, has asked again.
    inFlight: answers.filter(({ isReplayed }) => isReplayed).length,
  }
}

/** Every saga has ended, and its effects are there once or not at all. Returns the states. */
async function checkEffects(stage: Stage, checks: Checks, flight: Flight): Promise<string[]> {
  const { shop } = stage
  const states = [...flight.sagas].map(async ([cart, sagaId]) => {
    const { state, vente_id } = await stage.ended(sagaId)
    const ventes = (await shop.ventes(cart)).map((vente) => vente.vente_id)
    checks.equal(`the ventes of a ${state} saga`, ventes, state === 'DONE' ? [vente_id] : [])
    checks.equal(
      `the cart of a ${state} saga`,
      await shop.cartStatus(cart),
      state === 'DONE' ? 'LOCKED' : 'OPEN',
    )
    const events = await shop.events(sagaId)
    checks.equal('an event told twice', events.length - new Set(events).size, 0)
    return state
  })
  const ended = await Promise.all(states)
  const sold = ended.filter((state) => state === 'DONE').length * QUANTITE
  checks.equal('the stock', await shop.stock(flight.produit), flight.stock - sold)
  return ended
}

export const killScenario: Scenario = {
  number: 10,
  does: 'kill -9 an orchestrator, 5 times',
  async play(stage, checks) {
    const flights = [
      await killAt(stage, 'carts', 'doing.lock'),
      await killAt(stage, 'stocks', 'doing.reserve'),
      await killAt(stage, 'produits', 'doing.create'),
      await killOnTheWayBack(stage),
      await killInFullFlight(stage),
    ]
    const states: string[] = []
    for (const flight of flights) states.push(...(await checkEffects(stage, checks, flight)))
    const inFlight = flights.reduce((sum, flight) => sum + flight.inFlight, 0)
    checks.holds('nothing was in flight at the kills', inFlight > 0)
    const done = states.filter((state) => state === 'DONE').length
    return `${inFlight} of ${states.length} sagas in flight at the kills; all ended, ${done} DONE, ${states.length - done} FAILED, every effect once`
  },
}
