// kill -9 around the commit that moves a saga: begun by the release before, moved by this one, and driven on by another.
import t from 'tap'
import { EventInbox } from '../../orchestrator/store/event-inbox.ts'
import { Shop } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { endFaults } from './faults.ts'
import { Floor } from './floor.ts'
import { OrchestratorProcess } from './orchestrator-process.ts'
import { beforeCommit, committed, nameOf, type Point } from './point.ts'
import { happy } from './tale.ts'

const floor = await Floor.open(t)
const inbox = new EventInbox(floor.pool)

/** One that dies there, with this saga at its vente. The move is all that it commits. */
const points: readonly Point[] = [beforeCommit('doing.create'), committed('doing.create')]

for (const [nr, dies] of points.entries()) {
  t.test(`a commande that is moved to v2 is moved once, killed ${nameOf(dies)}`, async (t) => {
    await floor.tidy()
    let orchestrator = ''
    const shop = new Shop(() => ({
      orchestrator,
      carts: floor.url('carts'),
      stocks: floor.url('stocks'),
      produits: floor.url('produits'),
    }))
    const produit = nr + 1
    await shop.setStock(happy.stock, produit)
    const cart = await shop.cart(2, produit)

    const before = new OrchestratorProcess(t, floor.settings(), {
      dies: committed('doing.create'),
      machines: 'of the release before',
    })
    orchestrator = await before.ready
    const { saga_id: sagaId } = (await shop.order(cart, { prefer: 'respond-async' })).body
    t.equal((await before.death).signal, 'SIGKILL')

    // No answer of v1 comes between, in this life or the next.
    const answered = Promise.withResolvers<void>()
    t.teardown(answered.resolve)
    floor.whenCalled('create', () => answered.promise)
    const event = { type: 'skald.migrate', actor: 'anne', reason: 'v2 asks again', from: '1', to: '2' }
    const sent = await inbox.accept({ sagaId, key: 'move', fingerprint: 'move', event, max: 10 })
    t.equal(sent.kind, 'accepted')
    const moving = new OrchestratorProcess(t, floor.settings(), { dies })
    const { signal, marker } = await moving.death
    t.match({ signal, marker }, { signal: 'SIGKILL', marker: { dies, sagaId } })
    answered.resolve()
    await floor.quiet()

    const moved = Promise.withResolvers<void>()
    t.teardown(moved.resolve)
    floor.whenCalled('create', () => moved.promise)
    const survivor = new OrchestratorProcess(t, floor.settings())
    orchestrator = await survivor.ready
    await until('it is moved', async () => (await shop.saga(sagaId)).version === '2')
    moved.resolve()
    await until('the end', async () => (await shop.saga(sagaId)).state === 'DONE')
    t.strictSame(await endFaults(floor.pool, shop, { sagaId, cart, produit, ending: happy.ending }), [])
    const types = (await shop.transitions(sagaId)).map(({ event: { type } }) => type)
    t.strictSame(types.slice(-2), ['skald.migrate', 'xstate.done.actor.create'])
    t.strictSame(floor.unannounced, [])
    t.equal((await survivor.end()).code, 0)
  })
}
