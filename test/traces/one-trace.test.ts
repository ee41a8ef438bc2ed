// One trace for a saga, across a kill -9 of the orchestrator that began it, another that ends it, and participants:
// real processes, and a real collector that decodes what they send.
import t, { type Test } from 'tap'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { openCollector, type CollectedSpan } from '../kit/collector.ts'
import { freshDatabase } from '../kit/database.ts'
import { startParticipant } from '../kit/running-participant.ts'
import { ServiceProcess } from '../kit/service-process.ts'
import { MAGASIN, Shop } from '../kit/shop.ts'
import { until } from '../kit/until.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'

async function stage(t: Test) {
  const { url: databaseUrl } = await freshDatabase(t)
  const collector = await openCollector(t)
  const tracing = { endpoint: collector.url, headers: undefined }
  const [cart, stock, produit] = [
    await startParticipant(t, carts, databaseUrl, tracing),
    await startParticipant(t, stocks, databaseUrl, tracing),
    await startParticipant(t, produits, databaseUrl, tracing),
  ]
  const orchestrator = (name: string) =>
    ServiceProcess.start(t, 'orchestrator', {
      DATABASE_URL: databaseUrl,
      CARTS_URL: cart.url,
      STOCKS_URL: stock.url,
      PRODUITS_URL: produit.url,
      ORCHESTRATOR_ID: name,
      LEASE_MS: '1000',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    })
  const shopAt = (at: ServiceProcess) =>
    new Shop(() => ({ orchestrator: at.url, carts: cart.url, stocks: stock.url, produits: produit.url }))
  const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId)
  const told = (traceId: string, name: string) =>
    until(`${name} is told`, async () => spansOf(traceId).find((span) => span.name === name))
  return { collector, stock, orchestrator, shopAt, spansOf, told }
}

const { collector, stock, orchestrator, shopAt, spansOf, told } = await stage(t)
const first = await orchestrator('first')
let second = first

const shortly = ({ name, instance }: CollectedSpan) => `${name} by ${instance}`

t.test('a saga is one trace, whoever drives it, and below that of its caller', async (t) => {
  const shop = shopAt(first)
  await shop.setStock(2)
  const order = { cart_id: await shop.cart(2), magasin_id: MAGASIN }
  stock.hold('request')
  const { status, body } = await shop.post('/api/orchestrator/', order, {
    prefer: 'respond-async',
    traceparent: `00-${TRACE}-${CALLER}-01`,
    tracestate: 'vendor=1',
  })
  t.equal(status, 202)
  const { saga_id: sagaId } = body
  const lock = await told(TRACE, 'lock')
  await until('reserve is asked for', async () => (await shop.saga(sagaId)).state === 'doing.reserve')
  await first.kill()
  second = await orchestrator('second')
  await told(TRACE, 'resumed')
  stock.release()
  const root = await told(TRACE, 'saga commande')
  const create = await told(TRACE, 'create')
  await until('participants have told theirs', async () =>
    spansOf(TRACE).some(({ kind, parentId }) => kind === 'server' && parentId === create.spanId),
  )

  const ours = spansOf(TRACE).filter(({ service }) => service === 'orchestrator')
  t.strictSame(ours.map(shortly).sort(), [
    'create by second',
    'lock by first',
    'reserve by second',
    'resumed by second',
    'saga commande by second',
  ])
  t.match(root, { parentId: CALLER, state: 'vendor=1', kind: 'internal', isError: false })
  t.match(root.attributes, { 'skald.saga_id': sagaId, 'skald.machine': 'commande', 'skald.outcome': 'done' })
  const steps = ours.filter(({ name }) => name !== root.name)
  t.ok(steps.every(({ parentId }) => parentId === root.spanId))
  t.ok(root.startMs <= lock.startMs && lock.endMs <= create.startMs && create.startMs <= root.endMs)
  t.match(lock.attributes, {
    'skald.saga_id': sagaId,
    'skald.machine': 'commande',
    'skald.version': String,
    'skald.step': 'lock',
    'skald.direction': 'doing',
    'skald.attempt': 1,
    'skald.participant': 'carts',
    'skald.outcome': 'done',
    'http.request.method': 'POST',
    'http.response.status_code': 200,
  })
  const heard = spansOf(TRACE).filter(({ kind }) => kind === 'server')
  const above = ({ parentId }: CollectedSpan) => ours.find(({ spanId }) => spanId === parentId)?.name
  const known = heard.filter((span) => above(span) !== undefined)
  t.strictSame(known.map((span) => `${above(span)} at ${span.service}`).sort(), [
    'create at produits',
    'lock at carts',
    'reserve at stocks',
  ])
  t.ok(heard.every(({ attributes }) => attributes['skald.saga_id'] === sagaId))
})

t.test('what is undone is in the trace, and so is why; without a caller’s it is the saga’s id', async (t) => {
  const shop = shopAt(second)
  const cartId = await shop.cart(2)
  const { status, body } = await shop.order(cartId)
  t.equal(status, 409, 'there is no stock left')
  const trace = body.saga_id.replaceAll('-', '')
  const root = await told(trace, 'saga commande')
  t.match(root, { parentId: '', isError: true, attributes: { 'skald.outcome': 'failed' } })
  t.match(await told(trace, 'reserve'), {
    parentId: root.spanId,
    isError: true,
    attributes: { 'skald.outcome': 'refused', 'http.response.status_code': 409 },
  })
  t.match(await told(trace, 'undo lock'), {
    parentId: root.spanId,
    isError: false,
    attributes: { 'skald.direction': 'undoing' },
  })
  t.notMatch(JSON.stringify(collector.spans), new RegExp(cartId), 'no data leaves')
})
