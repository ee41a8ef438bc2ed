// What REDACT names leaves the server nowhere: not by name, and not quoted by a participant, a path or a log.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'
import type { HttpServer } from '../services/participant/http-server.ts'
import { openEventStream } from './kit/event-stream.ts'
import { openReceiver, SECRET, type Receiver } from './kit/receiver.ts'
import { answer, scriptedServer } from './kit/scripted-server.ts'
import { BY_TEST } from './kit/shop.ts'
import { startSystem, type System } from './kit/system.ts'
import { until } from './kit/until.ts'
import { openViewer, untilTold } from './inspector/stately-viewer.ts'

const PRICE = '39.99'
const NAMES = 'cart_id,prix_unitaire,vente_id'

/** A participant that quotes whatever it was sent, in its words, in its codes' company and in its data. */
async function quotingParticipant(t: Test) {
  let isWell = true
  const server = await scriptedServer(t, (response, request) => {
    const said = server.asked.at(-1)?.body ?? ''
    const { cart_id: cart = server.asked[0]?.body } = said === '' ? {} : JSON.parse(said)
    if (isWell)
      return answer(201, { vente_id: 77, note: `sold ${cart} at ${PRICE}`, said })(response, request)
    const detail = `there is no ${cart}, at ${PRICE} or otherwise: ${said}`
    return answer(500, { code: 'QUOTED', detail, said, cart_id: cart })(response, request)
  })
  return { url: server.url, fail: () => (isWell = false) }
}

/** Where each is told: a line for each place, and all that was told there. */
class Places {
  readonly #secrets: readonly string[]
  readonly leaks = new Set<string>()
  readonly looked = new Set<string>()

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  look(place: string, told: unknown): void {
    const text = (typeof told === 'string' ? told : JSON.stringify(told)).toLowerCase()
    this.looked.add(place)
    if (this.#secrets.some((secret) => text.includes(secret.toLowerCase()))) this.leaks.add(place)
  }
}

interface Scene {
  readonly system: System
  readonly api: () => HttpServer
  readonly receiver: Receiver
  readonly logged: string[]
  /** One that is done, one that failed, and one that is parked. */
  readonly sagas: string[]
}

/** By another version a saga is told otherwise, and then what differs is told. */
const QUERIES: Readonly<Record<string, string>> = {
  '/inspector/api/stats': '?machine=commande&version=2',
  '/inspector/api/sagas/:saga_id/replay': '?against=1',
}

/** Each route that reads, of each saga and each of its moments. */
async function readAll({ api, system, sagas }: Scene, bulk: string, places: Places): Promise<void> {
  const streams = new Set(['/inspector/api/live', '/inspector/stately'])
  for (const { method, url } of api().routes()) {
    if (method !== 'GET' || /\*|static/.test(url) || streams.has(url)) continue
    for (const sagaId of url.includes(':saga_id') ? sagas : [sagas[0] ?? '']) {
      const { seq } = await system.shop.saga(sagaId)
      const moments = url.includes(':seq') ? Array.from({ length: seq + 1 }, (_, at) => at) : [0]
      for (const moment of moments) {
        const path = url
          .replace(':saga_id', sagaId)
          .replace(':bulk_id', bulk)
          .replace(':seq', String(moment))
          .replace(':machine', 'commande')
          .replace(':version', '2')
        const { statusCode, body, headers } = await api().inject(`${path}${QUERIES[url] ?? ''}`)
        if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${body}`)
        places.look(`GET ${url}`, [body, headers])
      }
    }
  }
}

async function readFeed({ api }: Scene, from: string, places: Places): Promise<void> {
  const { body } = await api().inject(`/api/transitions?after=${encodeURIComponent(from)}`)
  places.look('GET /api/transitions', body)
}

/** What an operator does, and is answered. */
async function operate({ system, sagas, api }: Scene, cart: string, places: Places): Promise<string> {
  const [done = '', , parked = ''] = sagas
  const post = async (path: string, json: object) => {
    const { body } = await system.shop.post(path, json)
    places.look(`POST ${path.replaceAll(/[0-9a-f-]{36}/g, ':id')}`, body)
    return body
  }
  await post(`/api/sagas/${parked}/retry`, BY_TEST)
  await post(`/api/sagas/${parked}/complete`, { ...BY_TEST, dry_run: true, output: { vente_id: 'none' } })
  await post(`/api/sagas/${done}/retry`, BY_TEST)
  await post(`/api/sagas/${done}/events`, { type: 'NOTHING' })
  const filter = { q: cart.slice(0, 12) }
  const order = { ...BY_TEST, verb: 'skip', filter, output: { cart_id: cart, said: `it was ${cart}` } }
  await post('/api/bulk', { ...order, dry_run: true })
  const { bulk_id: bulk } = (await post('/api/bulk', order)) as unknown as { bulk_id: string }
  await until('the bulk is done', async () => {
    const { status } = (await api().inject(`/api/bulk/${bulk}`)).json<{ status: string }>()
    return status === 'done'
  })
  return bulk
}

async function watch({ system, sagas }: Scene, places: Places): Promise<void> {
  const { url } = system.orchestrator
  for (const sagaId of sagas) {
    const viewer = openViewer(t, `${url}/inspector/stately?saga=${sagaId}`)
    await untilTold(viewer.messages, 'the saga to be told', ({ type }) => type === '@xstate.snapshot')
    const { seq } = await system.shop.saga(sagaId)
    await until('all of it is told', async () => viewer.messages.length > seq)
    places.look('WS /inspector/stately', viewer.messages)
    viewer.close()
  }
}

/** An order that is refused in words that quote it: what its caller, a page, the webhook and the log are told. */
async function order({ system, receiver, logged }: Scene, cart: string, places: Places): Promise<string> {
  const live = await openEventStream(t, `${system.orchestrator.url}/inspector/api/live`)
  await live.next('moved')
  const heard = receiver.heard.length
  const { status, body } = await system.shop.order(cart)
  t.equal(status, 409)
  places.look('POST /api/orchestrator', body)
  places.look('GET /api/sagas?q=', await system.shop.sagas(`q=${cart}`))
  type Moved = { readonly sagas: readonly { readonly saga_id: string }[] }
  await live.next<Moved>('moved', ({ sagas }) => sagas.some(({ saga_id }) => saga_id === body.saga_id))
  places.look('SSE /inspector/api/live', live.text())
  live.close()
  await until('the notice is told', async () => receiver.heard.length > heard)
  places.look('webhook', receiver.heard.slice(heard))
  places.look('log', logged.splice(0).join(''))
  return body.saga_id
}

t.test('what is named is told by no answer, stream, notice or log', async (t) => {
  const produits = await quotingParticipant(t)
  const receiver = await openReceiver(t)
  const [logged, built]: [string[], HttpServer[]] = [[], []]
  const seams = {
    api: (api: HttpServer) => built.push(api),
    logTo: { write: (line: string) => void logged.push(line) },
  }
  const settings = {
    REDACT: NAMES,
    LOG_LEVEL: 'trace' as const,
    PRODUITS_URL: produits.url,
    STEP_RETRIES: '0',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: SECRET,
  }
  const system = await startSystem(t, settings, seams)
  const { shop } = system
  await shop.setStock(10)
  const api = () => {
    const newest = built.at(-1)
    if (newest === undefined) throw new Error('nothing was built')
    return newest
  }
  const { cursor: from } = (await api().inject('/api/transitions')).json<{ cursor: string }>()
  const [unknown, sold, lost] = [randomUUID(), await shop.cart(1), await shop.cart(1)]
  const places = new Places([unknown, sold, lost, PRICE])
  const scene: Scene = { system, api, receiver, logged, sagas: [] }

  const done = await shop.order(sold)
  t.match(done, { status: 201, body: { vente_id: '[redacted]' } })
  places.look('POST /api/orchestrator', done.body)
  produits.fail()
  const failed = await order(scene, unknown, places)
  const { body: stuck } = await shop.order(lost, { prefer: 'respond-async' })
  const isParked = async () => (await shop.saga(stuck.saga_id)).status === 'parked'
  await until('the third one is parked', isParked)
  scene.sagas.push(done.body.saga_id, failed, stuck.saga_id)
  await lookAtAll(scene, { cart: lost, from, places })
  t.strictSame([...places.leaks], [])
  t.strictSame(
    TELLING.filter((place) => !places.looked.has(place)),
    [],
  )

  const { body: shown } = await api().inject(`/api/sagas/${failed}`)
  t.match(JSON.parse(shown), {
    input: { cart_id: '[redacted]', magasin_id: 101 },
    business_key: '[redacted]',
    last_error: { code: 'panier_inconnu', message: 'There is no cart [redacted].' },
  })
  const { body: file } = await api().inject(`/api/sagas/${failed}/export?service_events=false`)
  t.match(JSON.parse(file), { redacted: NAMES.split(','), saga: { business_key: '[redacted]' } })

  await t.test('and where nothing is named, these are the places that tell it', async (t) => {
    await system.restart(seams, { REDACT: '' })
    const bare = new Places([unknown, sold, lost, PRICE])
    await until('the third one is parked', isParked)
    await order(scene, unknown, bare)
    await lookAtAll(scene, { cart: lost, from, places: bare })
    t.strictSame([...bare.leaks].sort(), TELLING)
  })
})

interface Looked {
  readonly cart: string
  /** Of the feed. */
  readonly from: string
  readonly places: Places
}

async function lookAtAll(scene: Scene, { cart, from, places }: Looked): Promise<void> {
  const bulk = await operate(scene, cart, places)
  await readAll(scene, bulk, places)
  await readFeed(scene, from, places)
  await watch(scene, places)
}

/** Whatever tells what a saga holds: one that is new here belongs into the list of ADR 0033. */
const TELLING: readonly string[] = [
  'GET /api/bulk',
  'GET /api/bulk/:bulk_id',
  'GET /api/export',
  'GET /api/sagas',
  'GET /api/sagas/:saga_id',
  'GET /api/sagas/:saga_id/events',
  'GET /api/sagas/:saga_id/export',
  'GET /api/sagas/:saga_id/transitions',
  'GET /api/sagas?q=',
  'GET /api/transitions',
  'GET /inspector/api/sagas/:saga_id/film',
  'GET /inspector/api/sagas/:saga_id/moments/:seq',
  'GET /inspector/api/sagas/:saga_id/moments/:seq/snapshot',
  'GET /inspector/api/sagas/:saga_id/replay',
  'GET /inspector/api/sagas/:saga_id/service-events',
  'POST /api/bulk',
  'POST /api/orchestrator',
  'POST /api/sagas/:id/retry',
  'SSE /inspector/api/live',
  'WS /inspector/stately',
  'log',
  'webhook',
]
