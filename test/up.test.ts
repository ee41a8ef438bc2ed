import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import got from 'got'
import t from 'tap'
import { controlClient } from '../orchestrator/cli/up/control-client.ts'
import { freshDatabase } from './kit/database.ts'
import { freshHome, isRunning, listProcesses, startSkald, until, whenReady } from './kit/skald-command.ts'

const run = promisify(execFile)

t.test('everything comes up, whatever is killed comes back, and Ctrl-C ends it all', async (t) => {
  const home = await freshHome(t)
  const skald = startSkald(t, ['up'], { SKALD_HOME: home })
  const first = await whenReady(home, skald)
  const url = first.get('gateway')?.url ?? ''

  t.same(
    [...first.keys()].sort(),
    ['carts', 'gateway', 'orchestrator', 'postgres', 'produits', 'stocks'],
    'each is a process of its own',
  )

  await t.test('the curl line that is printed works as it stands', async (t) => {
    const line = await until('the line is printed', async () => /^curl .*$/m.exec(skald.printed())?.[0])
    const { stdout } = await run('sh', ['-c', line])
    const { saga_id, vente_id }: Record<string, unknown> = JSON.parse(stdout)
    t.type(saga_id, 'string')
    t.type(vente_id, 'number')
  })

  await t.test('a process that was stopped stays down until it is started', async (t) => {
    const control = controlClient(home)
    await control.stop('produits')
    t.equal((await listProcesses(home)).get('produits')?.state, 'stopped')
    const ready = await got(`${url}/readyz`, { throwHttpErrors: false, retry: { limit: 0 } }).json<object>()
    t.match(ready, { status: 503, code: 'indisponible', detail: 'Not ready: produits.' })

    await control.start('produits')
    t.equal((await listProcesses(home)).get('produits')?.state, 'ready')
    await t.rejects(control.stop('nobody'), { message: /404/ })
  })

  for (const [name, { pid }] of await listProcesses(home))
    await t.test(`${name} comes back after kill -9`, async (t) => {
      process.kill(pid ?? 0, 'SIGKILL')
      const again = await until(`${name} is ready again`, async () => {
        const found = (await listProcesses(home)).get(name)
        return found?.state === 'ready' && found.pid !== pid && found
      })
      t.equal(again.restarts, 1)
      t.equal(again.url, first.get(name)?.url, 'where it was')
    })

  await t.test('the gateway is ready again when all behind it are', async (t) => {
    await until('ready', async () => (await got(`${url}/readyz`, { throwHttpErrors: false })).ok)
    t.pass()
  })

  const last = await listProcesses(home)
  skald.signal('SIGINT')
  const { code, stdout, stderr } = await skald.outcome
  t.equal(code, 0)
  t.equal(stderr, '')
  for (const [name, { pid }] of last) t.notOk(isRunning(pid ?? 0), `${name} has ended`)
  // One of them was stopped before.
  const order = [...stdout.matchAll(/^\S+ (\S+) +stopped$/gm)].map(([, name]) => name).slice(-6)
  t.same([order[0], order[1], order[5]], ['gateway', 'orchestrator', 'postgres'], 'in order')
})

t.test(
  'with DATABASE_URL no Postgres is started, and a participant whose URL is given is not either',
  async (t) => {
    const home = await freshHome(t)
    const { url } = await freshDatabase(t)
    const participant = createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
    t.teardown(() => participant.close())
    await once(participant, 'listening')
    const address = participant.address()
    const port = typeof address === 'object' ? address?.port : address
    const settings = { SKALD_HOME: home, DATABASE_URL: url, STOCKS_URL: `http://127.0.0.1:${port}` }
    const processes = await whenReady(home, startSkald(t, ['up'], settings))
    t.same([...processes.keys()], ['carts', 'produits', 'orchestrator', 'gateway'])
  },
)

t.test('Ctrl-C while it starts ends what was begun', async (t) => {
  const home = await freshHome(t)
  const skald = startSkald(t, ['up'], { SKALD_HOME: home })
  const postgres = await until(
    'Postgres is started',
    async () => (await listProcesses(home)).get('postgres')?.pid ?? undefined,
  )
  skald.signal('SIGINT')
  const { code, stderr } = await skald.outcome
  t.equal(code, 0)
  t.equal(stderr, '')
  t.notOk(isRunning(postgres))
})

t.test('kill -9 of `skald up` leaves nothing in the way of the next one, and its data stays', async (t) => {
  const home = await freshHome(t)
  const killed = startSkald(t, ['up'], { SKALD_HOME: home })
  const orphans = await whenReady(home, killed)
  const port = new URL(orphans.get('gateway')?.url ?? '').port
  const stock = 'api/stock/7/7/'
  await got.put(`http://localhost:${port}/${stock}`, { json: { quantite: 3 } })

  killed.signal('SIGKILL')
  await killed.outcome
  const next = startSkald(t, ['up'], { SKALD_HOME: home, PORT: port })
  await whenReady(home, next)
  for (const [name, { pid }] of orphans) t.notOk(isRunning(pid ?? 0), `the old ${name} has ended`)
  t.match(await got(`http://localhost:${port}/${stock}`).json(), { quantite: 3 })

  next.signal('SIGTERM')
  t.equal((await next.outcome).code, 0)
  const anew = startSkald(t, ['up', '--fresh', '--port', port], { SKALD_HOME: home })
  await whenReady(home, anew)
  const { statusCode } = await got(`http://localhost:${port}/${stock}`, { throwHttpErrors: false })
  t.equal(statusCode, 404, '--fresh begins with an empty database')
})

t.test('what a killed `up` left of its orchestrator is gone before another one takes its name', async (t) => {
  const settings = { SKALD_HOME: await freshHome(t) }
  const killed = startSkald(t, ['up'], settings)
  const pid = (await whenReady(settings.SKALD_HOME, killed)).get('orchestrator')?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  t.teardown(() => isRunning(pid) && process.kill(pid, 'SIGKILL'))
  killed.signal('SIGKILL')
  await killed.outcome

  const next = startSkald(t, ['up'], settings)
  const waiting = `waiting for the orchestrators of an earlier run to end (pid ${pid})`
  await until('it says what it waits for', async () => next.printed().includes(waiting))
  t.notOk((await listProcesses(settings.SKALD_HOME)).has('orchestrator'))
  process.kill(pid, 'SIGCONT')
  await whenReady(settings.SKALD_HOME, next)
  t.notOk(isRunning(pid))
})
