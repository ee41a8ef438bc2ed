import { once } from 'node:events'
import { createServer } from 'node:http'
import t from 'tap'
import { controlClient } from '../orchestrator/cli/up/control-client.ts'
import { freshHome, listProcesses, startSkald, until, whenReady } from './kit/skald-command.ts'

t.test('the demo of a running system', async (t) => {
  const home = await freshHome(t)
  const settings = { SKALD_HOME: home }
  await whenReady(home, startSkald(t, ['up'], settings))

  await t.test('shows twelve scenarios that went as they must', async (t) => {
    const { code, stdout, stderr } = await startSkald(t, ['demo'], settings).outcome
    t.equal(code, 0, stdout)
    t.equal(stderr, '')
    const marks = stdout.match(/^[✓✗-] +\d+/gm)?.map((mark) => mark.replace(/ +/, ' '))
    t.strictSame(
      marks,
      Array.from({ length: 12 }, (_, index) => `✓ ${index + 1}`),
    )
    const inFlight = /^✓ 10 .* (\d+) of \d+ sagas in flight at the kills/m.exec(stdout)?.[1]
    t.ok(Number(inFlight) > 0, `${inFlight} sagas were in flight when the orchestrator was killed`)
    t.notMatch(stdout, '\u001B', 'no colours where there is no terminal')
  })

  await t.test('leaves everything running', async (t) => {
    const processes = [...(await listProcesses(home)).values()]
    t.strictSame(
      processes.filter(({ state }) => state !== 'ready'),
      [],
    )
  })

  await t.test('starts again what it stopped when it is interrupted', async (t) => {
    const demo = startSkald(t, ['demo', '8'], settings)
    const stateOf = async (name: string) => (await listProcesses(home)).get(name)?.state
    await until('stocks is stopped', async () => (await stateOf('stocks')) === 'stopped')
    demo.signal('SIGINT')
    const { code, stdout } = await demo.outcome
    t.equal(code, 130)
    t.match(stdout, 'Interrupted: starting again what was stopped.')
    t.equal(await stateOf('stocks'), 'ready')
    const url = (await listProcesses(home)).get('produits')?.url ?? ''
    t.equal((await fetch(`${url}/healthz`)).status, 200, 'produits answers again')
  })

  await t.test('names the scenario that differs, and plays the others', async (t) => {
    await controlClient(home).stop('produits')
    const { code, stdout } = await startSkald(t, ['demo', '1', '4'], settings).outcome
    t.equal(code, 1)
    t.match(stdout, /^✗ {2}1 .* the answer is 502, not 201/m)
    t.match(stdout, /^✗ {2}4 .* the stock is 15, not 12$/m)
    t.match(stdout, /^2 of 2 differ from what must be: 1, 4\.$/m)
    t.equal(
      (await listProcesses(home)).get('produits')?.state,
      'stopped',
      'it was not the demo that stopped it',
    )
  })
})

t.test('a stocks that takes nothing out of its stock is found out', async (t) => {
  const liar = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.method === 'POST') request.pipe(response.writeHead(201))
    else response.end('{"quantite":15,"status":"RESERVED"}')
  }).listen(0, '127.0.0.1')
  t.teardown(() => liar.close())
  await once(liar, 'listening')
  const address = liar.address()
  const port = typeof address === 'object' ? address?.port : address

  const settings = { SKALD_HOME: await freshHome(t), STOCKS_URL: `http://127.0.0.1:${port}` }
  await whenReady(settings.SKALD_HOME, startSkald(t, ['up'], settings))
  const { code, stdout } = await startSkald(t, ['demo', '1', '2', '5', '8', '11'], settings).outcome
  t.equal(code, 1)
  t.match(stdout, /^✓ {2}1 /m)
  t.match(stdout, /^✗ {2}2 .* the stock is 15, not 12$/m)
  t.match(stdout, /^✗ {2}5 .* the answer is 201, not 409; .*the stock is 15, not 1;/m)
  t.match(stdout, /^- {2}8 .* not played: stocks is not a process of this "skald up"$/m)
  t.match(stdout, /^✗ 11 .* the stock is 15, not 12$/m)
  t.match(stdout, /^3 of 5 differ from what must be: 2, 5, 11\. Not played: 8\.$/m)
})

t.test('without a system to play on there is one sentence that says so', async (t) => {
  const { code, stdout, stderr } = await startSkald(t, ['demo'], { SKALD_HOME: await freshHome(t) }).outcome
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(
    stderr,
    /^No Skald runs on SKALD_HOME \(.*home\): start it by "npm start" in another terminal.*\.\n$/,
  )
})
