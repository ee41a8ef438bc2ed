// The participants as processes: how they start, refuse to start, end, die, and live through an outage of Postgres.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import type { Test } from 'tap'
import { plainNode, surroundings } from './crash/node-process.ts'
import { freshDatabase } from './kit/database.ts'
import { ofSaga } from './kit/participant.ts'

type Teardown = Pick<Test, 'teardown'>
type Settings = Record<string, string>

const names = ['carts', 'stocks', 'produits'] as const

function launch(t: Teardown, name: (typeof names)[number], settings: Settings) {
  const main = new URL(`../services/${name}/main.ts`, import.meta.url)
  const child = spawn('env', plainNode(main.pathname), {
    env: surroundings({ PORT: '0', ...settings }),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const output = { out: '', err: '' }
  child.stdout.on('data', (text: Buffer) => (output.out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (output.err += text.toString()))
  return { child, output, exit: exitOf(child) }
}

async function exitOf(child: ChildProcess): Promise<number | string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return code ?? signal ?? 'unknown'
}

/** Asks again until the answer is true; fails after ten seconds. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const givingUpAt = Date.now() + 10_000
  while (!(await isSo())) {
    if (Date.now() > givingUpAt) throw new Error(`not in ten seconds: ${what}`)
    await delay(10)
  }
}

async function started(t: Teardown, name: (typeof names)[number], settings: Settings) {
  const launched = launch(t, name, settings)
  const { output } = launched
  const address = /listening at (http:\/\/127\.0\.0\.1:\d+)/
  await until(`${name} listens`, () => {
    if (launched.child.exitCode !== null) throw new Error(`${name} ended: ${output.err}`)
    return address.test(output.out)
  })
  return { ...launched, url: address.exec(output.out)?.[1] ?? '' }
}

/** A cart of its own with one line, as a path. */
async function newCart(url: string): Promise<string> {
  const reply = await fetch(`${url}/api/caisse/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      magasin_id: 101,
      lignes: [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }],
    }),
  })
  const { cart_id: cartId } = (await reply.json()) as { cart_id: string }
  return `/api/caisse/${cartId}`
}

/** Holds the row of the cart, so that a lock of it is under way until `release`. */
async function holdCarts(t: Teardown, databaseUrl: string) {
  const client = new pg.Client(databaseUrl)
  client.on('error', () => undefined)
  await client.connect()
  t.teardown(() => client.end())
  await client.query('begin')
  await client.query('select from carts.cart for update')
  return {
    waiting: () =>
      until('a call waits for the cart', async () => {
        const { rowCount } = await client.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        return rowCount === 1
      }),
    release: () => client.query('rollback'),
  }
}

for (const name of names) {
  t.test(`${name} starts on an empty database, tells its health, and ends when asked to`, async (t) => {
    const { url: DATABASE_URL } = await freshDatabase(t)
    const { child, exit, output, url } = await started(t, name, { DATABASE_URL })
    t.strictSame(await (await fetch(`${url}/healthz`)).json(), { status: 'ok' })
    t.strictSame(await (await fetch(`${url}/readyz`)).json(), { status: 'ready' })
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const served = `http_request_duration_seconds_count{service="${name}",method="GET",route="/readyz",status="200"} 1`
    for (const metric of [`process_cpu_seconds_total{service="${name}"}`, served]) {
      t.ok(metrics.includes(metric), metric)
    }
    child.kill('SIGTERM')
    t.equal(await exit, 0)
    t.equal(output.err, '')
    for (const line of output.out.trim().split('\n')) t.match(JSON.parse(line), { name })
  })
}

t.test('each mistake of the operator is told in one sentence, and the exit code is 1', async (t) => {
  const { url } = await freshDatabase(t)
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const change = (change: Partial<URL>) => Object.assign(new URL(url), change).href
  const mistakes: [settings: Settings, message: RegExp][] = [
    [{}, /^carts: DATABASE_URL must be set/],
    [{ DATABASE_URL: '' }, /DATABASE_URL must be set/],
    [{ DATABASE_URL: url, PORT: '70000' }, /PORT must be a port number/],
    [{ PORT: 'x', LOG_LEVEL: 'loud' }, /PORT must .*; DATABASE_URL must .*; LOG_LEVEL must be one of/],
    [{ DATABASE_URL: change({ password: 's3cret' }) }, /refused the login/],
    [{ DATABASE_URL: change({ port: '1' }) }, /cannot be reached/],
    [{ DATABASE_URL: change({ pathname: '/nowhere' }) }, /"nowhere" does not exist/],
    [{ DATABASE_URL: url, PORT: String(port) }, new RegExp(`Port ${port} is taken`)],
  ]
  const launched = mistakes.map(([settings, message]) => ({ ...launch(t, 'carts', settings), message }))
  for (const { exit, output, message } of launched) {
    t.equal(await exit, 1, String(message))
    t.match(output.err, message)
    t.match(output.err, /^carts: [^\n]+\.\n$/, 'one line, no stack')
    t.notMatch(output.err, 's3cret')
  }
})

t.test('a participant that is asked to end answers the open request first', async (t) => {
  const { url: DATABASE_URL } = await freshDatabase(t)
  const { child, exit, url } = await started(t, 'carts', { DATABASE_URL })
  const cart = await newCart(url)
  const held = await holdCarts(t, DATABASE_URL)
  const open = fetch(`${url}${cart}/lock/`, { method: 'POST' })
  await held.waiting()
  child.kill('SIGTERM')
  await until('it listens no more', () =>
    fetch(`${url}/healthz`).then(
      ({ status }) => status === 503,
      () => true,
    ),
  )
  await held.release()
  t.equal((await open).status, 200)
  t.equal(await exit, 0)
})

t.test('an idle keep-alive connection does not hold up the end', async (t) => {
  const { url: DATABASE_URL } = await freshDatabase(t)
  const { child, exit, url } = await started(t, 'carts', { DATABASE_URL })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const [reply] = await once(request(`${url}/healthz`, { agent }).end(), 'response')
  reply.resume()
  await once(reply, 'end')
  child.kill('SIGINT')
  t.equal(await exit, 0)
})

t.test('under a supervisor a participant ends with its stdin, without one it does not', async (t) => {
  const { url: DATABASE_URL } = await freshDatabase(t)
  const supervised = await started(t, 'carts', { DATABASE_URL, SKALD_SUPERVISED: '1' })
  const alone = await started(t, 'stocks', { DATABASE_URL })
  alone.child.stdin.end()
  supervised.child.stdin.end()
  t.equal(await supervised.exit, 0)
  t.equal((await fetch(`${alone.url}/healthz`)).status, 200)
})

t.test('a call cut off by kill -9 leaves nothing, and is done once when it comes again', async (t) => {
  const { url: DATABASE_URL } = await freshDatabase(t)
  const first = await started(t, 'carts', { DATABASE_URL })
  const cart = await newCart(first.url)
  const held = await holdCarts(t, DATABASE_URL)
  const lock = (url: string) =>
    fetch(`${url}${cart}/lock/`, { method: 'POST', headers: ofSaga(saga, 'lock').headers })
  const saga = randomUUID()
  const cutOff = lock(first.url)
  await held.waiting()
  first.child.kill('SIGKILL')
  await t.rejects(cutOff)
  await held.release()

  const second = await started(t, 'carts', { DATABASE_URL })
  t.equal((await lock(second.url)).status, 200)
  t.equal((await lock(second.url)).status, 200)
  const events = await (await fetch(`${second.url}/api/caisse/events/`)).json()
  t.match(events, [{ action: 'LOCK_CART', outcome: 'SUCCESS', correlation_id: saga }])
})

/** A way to Postgres that can be cut and joined again at the same address. */
async function cuttable(t: Teardown, databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  const join = async (port = 0) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const cut = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(cut)
  const ownPort = await join()
  const url = Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(ownPort) }).href
  return { url, cut, join: () => join(ownPort) }
}

t.test('without its database a participant answers 503, and works again when it is back', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  const way = await cuttable(t, databaseUrl)
  const { child, exit, url } = await started(t, 'carts', { DATABASE_URL: way.url })
  const cart = await newCart(url)
  const held = await holdCarts(t, databaseUrl)
  const lock = () => fetch(`${url}${cart}/lock/`, { method: 'POST' })

  const underWay = lock()
  await held.waiting()
  way.cut()
  for (const reply of [await underWay, await lock(), await fetch(`${url}${cart}/`)]) {
    t.match(
      { status: reply.status, retryAfter: reply.headers.get('retry-after') },
      { status: 503, retryAfter: '1' },
    )
    t.match(await reply.json(), { status: 503, code: 'base_injoignable' })
  }
  t.equal((await fetch(`${url}/readyz`)).status, 503)
  t.equal((await fetch(`${url}/healthz`)).status, 200)

  await held.release()
  await way.join()
  await until('it is ready again', async () => (await fetch(`${url}/readyz`)).status === 200)
  await until('the cart is locked', async () => (await lock()).status === 200)
  child.kill('SIGTERM')
  t.equal(await exit, 0)
})
