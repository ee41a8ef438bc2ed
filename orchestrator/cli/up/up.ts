// `skald up`: brings the whole system up, keeps it up, and ends it in order. It may be killed at any line: its
// children end when it is gone, and what still stands in the way of the next `up` is ended by that one.
import { once } from 'node:events'
import { readUpConfig } from '../../config.ts'
import type { Environment, UpConfig } from '../../config.ts'
import { messageOf, OperatorError } from '../operator-error.ts'
import { openControl } from './control.ts'
import { prepareEmbeddedPostgres, stopPostgresDaemon } from './embedded-postgres.ts'
import { prepareFirstOrder, withWhichToken } from './first-order.ts'
import { openHome, rotateLogs } from './home.ts'
import { deleteCluster } from './postgres-data.ts'
import { formerOrchestratorsEnded } from './orchestrators.ts'
import { endingOrder, planPostgres, planServices, publicUrl } from './processes.ts'
import type { Surroundings } from './processes.ts'
import { choosePublicPort } from './public-port.ts'
import { Supervisor } from './supervisor.ts'

/** Of the longest, orchestrator-16. */
const NAME_WIDTH = 15

/** Runs until SIGINT, SIGTERM or SIGHUP. Throws an OperatorError or a ConfigError. */
export async function up({ env, fresh }: { env: Environment; fresh: boolean }): Promise<void> {
  const config = readUpConfig(env)
  if (fresh && config.DATABASE_URL)
    throw new OperatorError(
      '--fresh deletes only the embedded database: unset DATABASE_URL, or leave --fresh out.',
    )
  const home = await openHome(config.SKALD_HOME)
  const supervisor = new Supervisor()
  const control = await openControl(home, supervisor)
  const isEnding = endingSignal()
  const begun = begin({ home, config, env, report }, supervisor, fresh)
  try {
    const url = await Promise.race([isEnding, begun])
    if (url) await Promise.race([isEnding, welcome(url, config)])
    await isEnding
    report('skald', 'ending')
  } finally {
    await supervisor.end(endingOrder(config))
    // The home is let go only when nothing is being made in it any more, a database for example.
    await Promise.allSettled([begun])
    await control.close()
  }
}

/** Starts all; resolves with the public URL when all are ready. */
async function begin(surroundings: Surroundings, supervisor: Supervisor, fresh: boolean): Promise<string> {
  const { home, config } = surroundings
  const port = await choosePublicPort(config.HOST, config.PORT)
  await rotateLogs(home, endingOrder(config).flat())
  await formerOrchestratorsEnded(home, { graceMs: config.GRACE_MS, log: (line) => report('skald', line) })
  if (fresh) {
    await stopPostgresDaemon({ home: home.path, log })
    await deleteCluster(home.path)
  }
  let databaseUrl = config.DATABASE_URL
  if (!databaseUrl) {
    const postgres = await prepareEmbeddedPostgres({ home: home.path, log })
    await supervisor.start([planPostgres(surroundings, postgres)])
    databaseUrl = postgres.url
  }
  await supervisor.start(await planServices(surroundings, databaseUrl, port))
  return publicUrl(config.HOST, port)
}

async function welcome(url: string, config: UpConfig): Promise<void> {
  console.log(`\nSkald is ready: ${url}/inspector shows its sagas, ${url}/docs its API; Ctrl-C ends it.\n`)
  try {
    const isAsked = config.ACCESS_TOKENS_FILE !== undefined || config.ACCESS_JWKS_URL !== undefined
    const order = await prepareFirstOrder({ url, serviceToken: config.SERVICE_TOKEN?.split(',')[0], isAsked })
    console.log(`Order a cart that was filled for you${withWhichToken(config)}:\n\n${order}\n`)
  } catch (error) {
    report('skald', `no cart could be made to try it with (${messageOf(error)})`)
  }
}

async function endingSignal(): Promise<undefined> {
  const signals = new EventTarget()
  // A terminal and the Node that handed over to us both send the signal: all but the first are nothing new.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signals.dispatchEvent(new Event('end')))
  await once(signals, 'end')
}

const log = (line: string) => report('postgres', line)

function report(process: string, fact: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${process.padEnd(NAME_WIDTH)} ${fact}`)
}
