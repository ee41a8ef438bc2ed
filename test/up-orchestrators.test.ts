import { randomUUID } from 'node:crypto'
import got from 'got'
import t from 'tap'
import { freshHome, isRunning, listProcesses, startSkald, until, whenReady } from './kit/skald-command.ts'
import { Shop } from './kit/shop.ts'

/** Not the one of the cart that `up` fills. */
const PRODUIT = 777
const NAMES = ['orchestrator-1', 'orchestrator-2', 'orchestrator-3']

t.test('of several orchestrators one may be killed, and orders go on', async (t) => {
  const home = await freshHome(t)
  const skald = startSkald(t, ['up', '--orchestrators', '3'], { SKALD_HOME: home })
  const first = await whenReady(home, skald)
  const url = first.get('gateway')?.url ?? ''
  const shop = new Shop(() => ({ orchestrator: url, carts: url, stocks: url, produits: url }))
  await shop.setStock(1000, PRODUIT)
  const order = async () => (await shop.order(await shop.cart(1, PRODUIT), { key: randomUUID() })).status

  t.strictSame(
    [...first.keys()].filter((name) => name.startsWith('orchestrator')),
    NAMES,
  )

  await t.test('each of them drives sagas', async (t) => {
    const metrics = NAMES.map(async (name) => {
      const text = await got(`${first.get(name)?.url}/metrics`).text()
      return Number(/^skald_partitions_held\S* (\d+)/m.exec(text)?.[1])
    })
    const held = await Promise.all(metrics)
    t.ok(
      held.every((partitions) => partitions > 0),
      held.join(', '),
    )
  })

  for (const name of NAMES)
    await t.test(`${name} is killed`, async (t) => {
      const { pid, restarts } = (await listProcesses(home)).get(name) ?? {}
      const orders = Array.from({ length: 6 }, order)
      process.kill(pid ?? 0, 'SIGKILL')
      t.strictSame(new Set(await Promise.all(orders)), new Set([201]), 'orders under way')
      t.equal(await order(), 201, 'an order that comes later')
      await until(`${name} is ready again`, async () => {
        const now = (await listProcesses(home)).get(name)
        return now?.state === 'ready' && now.restarts === Number(restarts) + 1
      })
    })

  await t.test('Ctrl-C ends them all', async (t) => {
    const last = await listProcesses(home)
    skald.signal('SIGINT')
    t.equal((await skald.outcome).code, 0)
    for (const [name, { pid }] of last) t.notOk(isRunning(pid ?? 0), `${name} has ended`)
  })
})

t.test('the demo plays on several orchestrators', async (t) => {
  const settings = { SKALD_HOME: await freshHome(t), ORCHESTRATORS: '2' }
  await whenReady(settings.SKALD_HOME, startSkald(t, ['up'], settings))
  const { code, stdout } = await startSkald(t, ['demo', '1', '10'], settings).outcome
  t.equal(code, 0, stdout)
  t.match(stdout, /^✓ 10 .* sagas in flight at the kills; all ended/m)
})

for (const number of ['0', 'x', '-1', '1.5'])
  t.test(`--orchestrators ${number} is told in a sentence`, async (t) => {
    const settings = { SKALD_HOME: await freshHome(t) }
    const { code, stderr } = await startSkald(t, ['up', `--orchestrators=${number}`], settings).outcome
    t.equal(code, 2, 'bad usage')
    const told = `error: option '--orchestrators <number>' argument '${number}' is invalid. Orchestrators are a whole number from 1 on.\n`
    t.ok(stderr.startsWith(told), stderr)
  })

for (const [number, flags] of [
  ['0', []],
  ['17', ['--orchestrators=17']],
] as const)
  t.test(`${number} ORCHESTRATORS, which can not be, is told in a sentence`, async (t) => {
    const settings = { SKALD_HOME: await freshHome(t), ORCHESTRATORS: number }
    const { code, stderr } = await startSkald(t, ['up', ...flags], settings).outcome
    t.equal(code, 1)
    t.equal(stderr, `ORCHESTRATORS is ${number}: it must be a whole number from 1 to 16.\n`)
  })
