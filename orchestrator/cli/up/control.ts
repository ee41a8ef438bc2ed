// The door of a running `skald up`: a socket in its home, for `skald demo` and for the next `skald up`. Listening on
// it is also the lock of the home: it is taken before anything in the home is used, and it goes with the process,
// however that ends; a socket file that nobody answers behind is cleared away.
import { chmod, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { OperatorError } from '../operator-error.ts'
import { controlClient, controlSocket } from './control-client.ts'
import type { Home } from './home.ts'
import type { Supervisor } from './supervisor.ts'

/** Takes the home. Throws an OperatorError if another `skald up` has it. */
export async function openControl(home: Home, supervisor: Supervisor): Promise<FastifyInstance> {
  const path = controlSocket(home.path)
  const control = buildControl(supervisor)
  control.addHook('preClose', () => rm(home.pidFile('skald'), { force: true }))
  try {
    await control.listen({ path })
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error
    const found = await stat(path).catch(() => undefined)
    if (found === undefined || (await isHeld(home))) throw await refusal(home)
    await clearAway(path, found.ino, home)
    await control.listen({ path }).catch(async (second: unknown) => {
      throw codeOf(second) === 'EADDRINUSE' ? await refusal(home) : second
    })
  }
  // Whoever may write to it can stop our processes.
  if (process.platform !== 'win32') await chmod(path, 0o600)
  await writeFile(home.pidFile('skald'), `${process.pid}\n`)
  return control
}

function buildControl(supervisor: Supervisor): FastifyInstance {
  const control = Fastify({ forceCloseConnections: true })
  control.get('/processes', () => supervisor.list())
  const verbs = {
    stop: (name: string) => supervisor.stopProcess(name),
    start: (name: string) => supervisor.startProcess(name),
    kill: (name: string) => supervisor.killProcess(name),
  }
  for (const [verb, act] of Object.entries(verbs))
    control.post<{ Params: { name: string } }>(`/processes/:name/${verb}`, async ({ params }, reply) => {
      if (!supervisor.has(params.name))
        return reply.code(404).send({ detail: `There is no process ${params.name}.` })
      await act(params.name)
      return reply.code(204).send()
    })
  return control
}

/**
 * Two that find the same stale socket must not clear away each other's: what was moved aside has to be what was
 * found stale. If it is the one that the other listens on by now, it is put back.
 */
async function clearAway(path: string, stale: number, home: Home): Promise<void> {
  const aside = `${path}.${process.pid}`
  try {
    await rename(path, aside)
  } catch {
    throw await refusal(home)
  }
  if ((await stat(aside)).ino !== stale) {
    await rename(aside, path)
    throw await refusal(home)
  }
  await rm(aside, { force: true })
}

/** Whether somebody has the socket, even one who is suspended and does not answer. */
async function isHeld(home: Home): Promise<boolean> {
  try {
    await controlClient(home.path, { answerMs: 2000 }).processes()
    return true
  } catch (error) {
    return codeOf(error) !== 'ECONNREFUSED'
  }
}

async function refusal(home: Home): Promise<OperatorError> {
  const pid = await readFile(home.pidFile('skald'), 'utf8').catch(() => 'unknown')
  return new OperatorError(
    `Skald runs already on ${home.path} (pid ${pid.trim()}): end that one, or give this one another SKALD_HOME and another PORT.`,
  )
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
