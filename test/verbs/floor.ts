// A real shop whose orders are brought to a state of their chart, as many as a test likes, and kept there: by a call
// that is done but not answered, by a compensation that fails, or by an answer that is lost.
import type { Test } from 'tap'
import type { RegisteredMachine } from '../../machines/registry.ts'
import type { StepFailure } from '../../machines/step.ts'
import type { StepCall, StepCaller } from '../../orchestrator/engine/ports.ts'
import { BY_TEST, type SagaBody } from '../kit/shop.ts'
import { startSystem, type System } from '../kit/system.ts'
import { until } from '../kit/until.ts'

type ParticipantName = 'carts' | 'stocks' | 'produits'

/** An order of 2 pieces, of which there are 10. */
export interface Order {
  readonly sagaId: string
  readonly cart: string
  readonly produit: number
}

/** Where orders are kept. */
export interface Place {
  /** As in `undoing.lock`, `parked`, `DONE`. */
  readonly state: string
  /** Whose work is done, with the answer outstanding: seen by its service event. */
  readonly held?: { readonly by: ParticipantName; readonly event: string }
  /** The compensation that fails, so that the order parks. */
  readonly failing?: string
  /** The step that is done, and whose answer never comes. */
  readonly lost?: string
  /** The step whose answer makes the machine throw, so that the engine parks the order. */
  readonly spoilt?: string
}

/** Of a parked order: the next automatic try is far enough away for a test to do what it does. */
const TRIES = 3

export class Floor {
  readonly system: System
  readonly #troubles: Troubles
  #produit = 1_000

  private constructor(system: System, troubles: Troubles) {
    this.system = system
    this.#troubles = troubles
  }

  /** Ends with `t`. Without machines, those that are registered. */
  static async open(t: Pick<Test, 'teardown'>, machines?: readonly RegisteredMachine[]): Promise<Floor> {
    const troubles = new Troubles()
    const seams = { steps: troubles.around.bind(troubles), ...(machines !== undefined && { machines }) }
    const settings = { STEP_RETRIES: '0', STEP_TIMEOUT_MS: '60000', STEP_DEADLINE_MS: '90000' }
    return new Floor(await startSystem(t, settings, seams), troubles)
  }

  /** So many orders, all of them there. */
  async bring(count: number, place: Place): Promise<Order[]> {
    const { held, failing, lost, spoilt } = place
    if (failing !== undefined) this.#troubles.failing.add(failing)
    if (lost !== undefined) this.#troubles.lost.add(lost)
    if (spoilt !== undefined) this.#troubles.spoilt.add(spoilt)
    const orders = await this.#placed(count, place)
    if (isOnWayBack(place)) await this.#turnBack(orders, held?.by)
    await Promise.all(orders.map((order) => this.#settled(order, place)))
    return orders
  }

  /** Whatever kept them is over. */
  free(): void {
    this.#troubles.heal()
    for (const name of ['carts', 'stocks', 'produits'] as const) this.system[name].release()
  }

  /** Compensations and answers get through again; calls that are held stay so. */
  heal(): void {
    this.#troubles.heal()
  }

  /** The last one of a step, as in `undo lock`. */
  callOf({ sagaId }: Order, name: string): StepCall | undefined {
    return this.#troubles.calls.get(`${sagaId} ${name}`)
  }

  /** By CANCEL, in the step that they have all come to. */
  async #turnBack(orders: readonly Order[], holder: ParticipantName | undefined): Promise<void> {
    const { shop, produits } = this.system
    await Promise.all(orders.map((order) => this.#until(order, 'doing.create')))
    if (holder !== 'produits' && holder !== undefined) this.system[holder].hold('answer')
    for (const { sagaId } of orders) await shop.post(`/api/sagas/${sagaId}/cancel`, BY_TEST)
    if (holder !== 'produits') produits.release()
  }

  async #placed(count: number, place: Place): Promise<Order[]> {
    const { shop } = this.system
    const { state, held } = place
    const orders: Omit<Order, 'sagaId'>[] = []
    for (let n = 0; n < count; n++) {
      const produit = this.#produit++
      // Of one that has to fail there are too few.
      await shop.setStock(state === 'FAILED' ? 1 : 10, produit)
      orders.push({ produit, cart: await shop.cart(2, produit) })
    }
    const holder = isOnWayBack(place) ? 'produits' : held?.by
    if (holder !== undefined) this.system[holder].hold('answer')
    return Promise.all(
      orders.map(async (order) => {
        // On a busy machine there may be no room at once.
        const sagaId = await until('it is accepted', async () => {
          const { status, body } = await shop.order(order.cart, { prefer: 'respond-async' })
          return status === 202 && body.saga_id
        })
        return { ...order, sagaId }
      }),
    )
  }

  async #settled(order: Order, { state, held, failing, lost, spoilt }: Place): Promise<void> {
    const { shop } = this.system
    await this.#until(order, state)
    await until('it is kept there', async () => {
      const { parked } = await shop.saga(order.sagaId)
      if (spoilt !== undefined) return parked?.by === 'engine'
      return (failing === undefined && lost === undefined) || (parked?.tries ?? 0) >= TRIES
    })
    if (held === undefined) return
    await until(held.event, async () => (await shop.serviceEvents(order.sagaId)).includes(held.event))
  }

  async #until({ sagaId }: Order, state: string): Promise<SagaBody> {
    return until(state, async () => {
      const saga = await this.system.shop.saga(sagaId)
      return saga.state === state && saga
    })
  }
}

const isOnWayBack = ({ state, failing }: Place) => state.startsWith('undoing') || failing !== undefined

/** Between the engine and its steps. */
class Troubles {
  readonly failing = new Set<string>()
  readonly lost = new Set<string>()
  readonly spoilt = new Set<string>()
  readonly calls = new Map<string, StepCall>()

  heal(): void {
    this.failing.clear()
    this.lost.clear()
    this.spoilt.clear()
  }

  around(steps: StepCaller): StepCaller {
    return {
      call: async (declaration, call) => {
        const { step, undo } = declaration
        const name = undo ? `undo ${step}` : step
        this.calls.set(`${call.sagaId} ${name}`, call)
        const fails = (code: string, inDoubt: boolean): Promise<never> => {
          const message = inDoubt ? 'the answer was lost' : 'nobody listens'
          const failure: StepFailure = { name: 'StepTroubled', message, code, step, inDoubt }
          return Promise.reject(failure)
        }
        if (this.failing.has(name)) return fails('ECONNREFUSED', false)
        const reply = await steps.call(declaration, call)
        if (this.spoilt.has(name)) return {}
        return this.lost.has(name) ? fails('ECONNRESET', true) : reply
      },
    }
  }
}
