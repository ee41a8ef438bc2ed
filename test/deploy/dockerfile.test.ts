// The image that the Dockerfile makes, by its own commands, and the deployment of compose.yaml running from it.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { debianTool } from '../kit/debian-tool.ts'
import { http } from '../kit/http.ts'
import { MAGASIN, PRODUIT } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { Deployment, type Container } from './deployment.ts'
import { build, filesIn, root } from './dockerfile.ts'
import { startNginx } from './nginx.ts'

// Other systems have one address on the loopback.
const linux = process.platform === 'linux' ? false : 'it takes an address for each container'
const nginx = await debianTool('nginx')

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token.trim()}` } })

const addressOf = (container: Container | undefined) => [container?.url ?? '']

const folder = await mkdtemp(join(tmpdir(), 'skald-image-'))
await chmod(folder, 0o755)
t.teardown(() => rm(folder, { recursive: true }))
const image = await build(join(folder, 'stages'))

t.test('the image holds what runs, and nothing else', async (t) => {
  const skald = join(image.folder, image.workdir)
  const files = await filesIn(skald)
  const tops = new Set(files.map((file) => file.replace(/\/.*/, '')))
  const own = ['deploy', 'machines', 'migrations', 'orchestrator', 'services']
  t.strictSame([...tops].sort(), [...own, 'node_modules', 'package.json'].sort())
  const unwanted = /^(?!node_modules).*(\.test\.ts$|\.env$|\.pem$)|^orchestrator\/inspector\/page\//
  t.strictSame(
    files.filter((file) => unwanted.test(file)),
    [],
  )
  t.ok(files.includes('orchestrator/inspector/dist/index.html'))
  const lock: { packages: Record<string, { dev?: boolean; optional?: boolean }> } = JSON.parse(
    await readFile(join(root, 'package-lock.json'), 'utf8'),
  )
  const packages = new Set(
    files.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file) ?? []),
  )
  t.ok(packages.has('node_modules/xstate'))
  const left = [...packages].filter((name) => lock.packages[name]?.dev ?? lock.packages[name]?.optional)
  t.strictSame(left, [])
  t.equal(image.user, 'node')
})

t.test('the deployment', { skip: linux || nginx.skip, timeout: 240_000 }, async (t) => {
  const volumes = join(folder, 'volumes')
  const deployment = await Deployment.of(image, volumes)
  const made = await deployment.runOnce('secrets')
  await deployment.startPostgres(t, await readFile(join(volumes, 'postgres/password'), 'utf8'))
  const migrated = await deployment.runOnce('migrate')
  const start = (name: string) => deployment.start(t, name)
  const participants = await Promise.all(['carts', 'stocks', 'produits'].map(start))
  const orchestrators = await Promise.all(['orchestrator', 'orchestrator'].map(start))
  const { url, accessLog } = await startNginx(t, nginx.path, {
    orchestrator: orchestrators.flatMap(addressOf),
    carts: addressOf(participants[0]),
    stocks: addressOf(participants[1]),
    produits: addressOf(participants[2]),
  })
  const create = ['token', 'create', 'alice', '--role', 'start', '--role', 'read']
  const { stdout } = await deployment.runOnce('secrets', create)
  const secret = async (file: string) => readFile(join(volumes, file), 'utf8')

  await t.test('a person with a token orders a cart, and nobody without one does', async (t) => {
    const service = bearer(await secret('carts/service_token'))
    const lignes = [{ produit_id: PRODUIT, quantite: 1, prix_unitaire: '39.99' }]
    const cart = { json: { magasin_id: MAGASIN, lignes } }
    t.equal((await http.post(`${url}/api/caisse/`, cart)).statusCode, 401)
    const made = await http.post<{ cart_id: string }>(`${url}/api/caisse/`, { ...service, ...cart })
    const stock = { ...service, json: { quantite: 10 } }
    t.equal((await http.put(`${url}/api/stock/${MAGASIN}/${PRODUIT}/`, stock)).statusCode, 200)
    // The file is looked at each second.
    await until('both orchestrators know the token', async () => {
      const asked = orchestrators.map((container) => http.get(`${container.url}/api/sagas`, bearer(stdout)))
      return (await Promise.all(asked)).every(({ statusCode }) => statusCode === 200)
    })
    const order = { json: { cart_id: made.body.cart_id, magasin_id: MAGASIN } }
    t.equal((await http.post(`${url}/api/orchestrator/`, order)).statusCode, 401)
    t.equal((await http.post(`${url}/api/orchestrator/`, { ...order, ...bearer(stdout) })).statusCode, 201)
    t.equal((await http.get(`${url}/inspector`, { responseType: 'text' })).statusCode, 200)
  })

  await t.test('Prometheus reads the metrics of all, and nobody else those of any', async (t) => {
    const text = { responseType: 'text' } as const
    const tokens = {
      orchestrator: await secret('prometheus/orchestrator_metrics_token'),
      participant: await secret('prometheus/participant_metrics_token'),
    }
    for (const container of [...orchestrators, ...participants]) {
      const token = orchestrators.includes(container) ? tokens.orchestrator : tokens.participant
      t.equal((await http.get(`${container.url}/metrics`, { ...text, ...bearer(token) })).statusCode, 200)
      t.equal((await http.get(`${container.url}/metrics`, text)).statusCode, 401)
    }
  })

  await t.test('a second `up` finds all as it is', async (t) => {
    t.match((await deployment.runOnce('secrets')).stderr, 'all there')
    const { stdout } = await deployment.runOnce('migrate')
    t.notMatch(stdout, 'migrated:')
    t.match(await secret('orchestrator/tokens.json'), '"alice"')
  })

  await t.test('no log tells a secret', async (t) => {
    const containers = [...orchestrators, ...participants]
    const logs = [made.stdout, made.stderr, migrated.stdout, migrated.stderr, await accessLog()]
    const told = [...logs, ...containers.map((container) => container.log())].join('\n')
    t.match(told, 'skald_orchestrator')
    for (const file of await filesIn(join(volumes, 'master')))
      t.notOk(told.includes(await secret(join('master', file))), file)
    t.notOk(told.includes(stdout.trim()))
  })
})
