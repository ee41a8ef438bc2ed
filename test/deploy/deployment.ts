// What `docker compose up` starts, without Docker: each service by its own command, with the settings and files that
// compose.yaml gives it, from the folder that the Dockerfile's steps made. What stands for Docker: an address of the loopback
// for each container, its names in the place of DNS, folders for volumes, the Postgres that npm brought, and, where root runs
// the tests, an account that can write to those folders alone.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, connect } from 'node:net'
import { chown, copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Test } from 'tap'
import { startPostgresDaemon } from '../../orchestrator/cli/up/embedded-postgres.ts'
import { canEnter } from '../../orchestrator/cli/up/postgres-binaries.ts'
import { http } from '../kit/http.ts'
import { freshHome } from '../kit/skald-command.ts'
import { until } from '../kit/until.ts'
import { mountsOf, readCompose, settingsOf, type Compose, type Service } from './compose-file.ts'
import type { Stage } from './dockerfile.ts'

const run = promisify(execFile)
const names = fileURLToPath(new URL('names.mjs', import.meta.url))
/** The user `node` of the image. */
const NODE = { uid: 1000, gid: 1000 }

type Scope = Pick<Test, 'teardown'>

interface Outcome {
  readonly stdout: string
  readonly stderr: string
}

export interface Container {
  /** Where it listens. */
  readonly url: string
  /** All that it has written. */
  readonly log: () => string
}

export class Deployment {
  readonly #compose: Compose
  readonly #image: Stage
  /** Holds a folder for each volume. */
  readonly #volumes: string
  /** Of 127.0.0.0/8, other ones for each run. */
  readonly #net = `127.${20 + (process.pid % 200)}.${Math.floor(process.pid / 200) % 250}`
  readonly #names: Record<string, string> = {}
  #addresses = 1

  /** A clone in a closed home has a Node that other accounts can't reach. */
  readonly #account = process.getuid?.() === 0 && canEnter(NODE, dirname(process.execPath)) ? NODE : {}

  static async of(image: Stage, volumes: string): Promise<Deployment> {
    const deployment = new Deployment(await readCompose(), image, volumes)
    await mkdir(volumes)
    await copyFile(names, join(volumes, 'names.mjs'))
    const { uid, gid } = { uid: process.getuid?.(), gid: process.getgid?.(), ...deployment.#account }
    if (uid !== undefined && gid !== undefined) await chown(volumes, uid, gid)
    return deployment
  }

  private constructor(compose: Compose, image: Stage, volumes: string) {
    this.#compose = compose
    this.#image = image
    this.#volumes = volumes
    for (const name of ['postgres', 'carts', 'stocks', 'produits']) this.#names[name] = this.#newAddress()
  }

  /** As `docker compose run --rm SERVICE …words`; rejects when it ends with another code than 0. */
  async runOnce(name: string, words: readonly string[] = []): Promise<Outcome> {
    const service = this.#service(name)
    const command = words.length > 0 ? words : (service.command ?? [])
    const [, ...args] = this.#placed(service, [...(service.entrypoint ?? []), ...command])
    return run(process.execPath, args, this.#surroundings(this.#env(service)))
  }

  /** As one container of the service; resolves when it is healthy, and ends with `t`. */
  async start(t: Scope, name: string): Promise<Container> {
    const service = this.#service(name)
    const address = this.#names[name] ?? this.#newAddress()
    const [, ...args] = this.#placed(service, service.command ?? this.#image.command)
    const env = { ...this.#env(service), HOST: address }
    const child = spawn(process.execPath, args, {
      ...this.#surroundings(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let log = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (log += piece))
    const ended = once(child, 'close')
    t.teardown(async () => {
      child.kill('SIGTERM')
      await ended
    })
    const url = `http://${address}:${settingsOf(service)['PORT']}`
    await until(`${name} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${log}`)
      return (await http.get(`${url}/readyz`).catch(() => undefined))?.statusCode === 200
    })
    await this.#demandHealthy(address, env)
    return { url, log: () => log }
  }

  /** Postgres as its image sets it up: the superuser has the password of the file, and the database is there. */
  async startPostgres(t: Scope, password: string): Promise<void> {
    const { url } = await startPostgresDaemon({ home: await freshHome(t), log: () => undefined })
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`create database ${settingsOf(this.#service('postgres'))['POSTGRES_DB']}`)
    await client.query(`alter user postgres password '${password}'`)
    await client.end()
    await forward(t, String(this.#names['postgres']), Number(new URL(url).port))
  }

  /** By the image's own command, which rejects if it ends with another code than 0. */
  async #demandHealthy(address: string, env: Record<string, string>): Promise<void> {
    const words = this.#image.healthcheck.slice(this.#image.healthcheck.indexOf('CMD ') + 4)
    const [, ...args] = JSON.parse(words.replace('127.0.0.1', address)) as string[]
    await run(process.execPath, args, this.#surroundings(env))
  }

  #service(name: string): Service {
    const service = this.#compose.services[name]
    if (service === undefined) throw new Error(`compose.yaml has no service ${name}`)
    return service
  }

  #surroundings(env: Record<string, string>) {
    return { cwd: join(this.#image.folder, this.#image.workdir), env, ...this.#account }
  }

  /** Paths in its volumes are those of the folders that stand for them. */
  #placed(service: Service, words: readonly string[]): string[] {
    const mounts = mountsOf(service).filter(({ from }) => !from.startsWith('.'))
    return words.map((word) => {
      const mount = mounts.find(({ to }) => word.startsWith(`${to}/`))
      if (mount !== undefined) return join(this.#folderOf(mount.from), word.slice(mount.to.length))
      return word === '/secrets' ? this.#volumes : word
    })
  }

  #folderOf(volume: string): string {
    return join(this.#volumes, volume.replace('secrets-', ''))
  }

  #env(service: Service): Record<string, string> {
    const settings = Object.entries({ ...this.#image.env, ...settingsOf(service) })
    const placed = settings.map(([name, value]) => [name, this.#placed(service, [value])[0] ?? ''])
    return {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: join(this.#volumes, 'compile-cache'),
      NODE_OPTIONS: `--import=${pathToFileURL(join(this.#volumes, 'names.mjs')).href}`,
      NAMES: JSON.stringify(this.#names),
      ...Object.fromEntries(placed),
    }
  }

  #newAddress(): string {
    this.#addresses += 1
    return `${this.#net}.${this.#addresses}`
  }
}

async function forward(t: Scope, address: string, port: number): Promise<void> {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.on('error', () => far.destroy()).pipe(far)
    far.on('error', () => near.destroy()).pipe(near)
  })
  server.listen(5432, address)
  await once(server, 'listening')
  t.teardown(() => server.close())
}
