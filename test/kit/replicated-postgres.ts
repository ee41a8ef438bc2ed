// A Postgres with a synchronous standby, behind one address: what was committed there survives the loss of the first.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import getPort from 'get-port'
import pg from 'pg'
import type { Test } from 'tap'
import { prepareEmbeddedPostgres, type ProcessCommand } from '../../orchestrator/cli/up/embedded-postgres.ts'
import { freshHome } from './skald-command.ts'
import { until } from './until.ts'

export interface ReplicatedPostgres {
  /** Leads to the primary, whichever that is. */
  readonly url: string
  /** kill -9 of the primary. Nobody answers at the address then. */
  killPrimary(): Promise<void>
  /** The standby becomes the primary, at the same address. */
  failOver(): Promise<void>
}

export async function startReplicatedPostgres(t: Pick<Test, 'teardown'>): Promise<ReplicatedPostgres> {
  const { url, command } = await prepareEmbeddedPostgres({ home: await freshHome(t), log: () => undefined })
  const primaryPort = Number(new URL(url).port)
  const standbyPort = await getPort({ host: '127.0.0.1' })
  const copy = await standbyOf(command, { primaryPort, standbyPort, url })
  const primary = run(t, command, ['-c', 'synchronous_standby_names=*'])
  await untilAnswers(urlAt(url, primaryPort))
  run(t, copy, [])
  await until('the standby keeps up', async () => {
    const [row] = await ask(urlAt(url, primaryPort), 'select sync_state from pg_stat_replication')
    return row?.['sync_state'] === 'sync'
  })
  const address = await movingAddress(t, primaryPort)
  return {
    url: urlAt(url, address.port),
    async killPrimary() {
      primary.kill('SIGKILL')
      await once(primary, 'exit')
      address.moveTo(undefined)
    },
    async failOver() {
      await ask(urlAt(url, standbyPort), 'select pg_promote()')
      address.moveTo(standbyPort)
    },
  }
}

/** A copy of a cluster that does not run is a base backup. */
async function standbyOf(
  command: ProcessCommand,
  { primaryPort, standbyPort, url }: { primaryPort: number; standbyPort: number; url: string },
): Promise<ProcessCommand> {
  const [, data = ''] = command.args
  const copy = join(dirname(data), 'standby')
  // With their owner, who may not be the one who runs this.
  await promisify(execFile)('cp', ['-a', data, copy])
  await writeFile(join(copy, 'standby.signal'), '')
  const { password } = new URL(url)
  const primary = `host=127.0.0.1 port=${primaryPort} user=postgres password=${password}`
  const args = command.args.map((word) => (word === data ? copy : word))
  const moved = args.map((word) => (word === `port=${primaryPort}` ? `port=${standbyPort}` : word))
  return { ...command, cwd: copy, args: [...moved, '-c', `primary_conninfo=${primary}`] }
}

function run(t: Pick<Test, 'teardown'>, command: ProcessCommand, more: string[]): ChildProcess {
  const { file, args, ...surroundings } = command
  const child = spawn(file, [...args, ...more], { ...surroundings, stdio: 'ignore' })
  const gone = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await gone
  })
  return child
}

const urlAt = (url: string, port: number) => Object.assign(new URL(url), { port: String(port) }).href

const untilAnswers = (url: string) =>
  until('Postgres takes connections', () => ask(url, 'select 1').catch(() => undefined))

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

/** As a virtual address, or a name in the DNS: it leads elsewhere from one moment to the next. */
async function movingAddress(t: Pick<Test, 'teardown'>, first: number) {
  let target: number | undefined = first
  const open = new Set<Socket>()
  const server = createServer((near) => {
    near.on('error', () => undefined)
    if (target === undefined) {
      near.destroy()
      return
    }
    const far = connect(target, '127.0.0.1')
    open.add(near)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('error', () => undefined).on('close', () => open.delete(near) && near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cutAll = () => open.forEach((near) => near.destroy())
  t.teardown(() => {
    server.close()
    cutAll()
  })
  return {
    port: (server.address() as { port: number }).port,
    moveTo(port: number | undefined) {
      target = port
      cutAll()
    },
  }
}
