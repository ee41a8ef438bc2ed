// A server that is not of Node, such as nginx or Prometheus: started by a test, ended by it, and heard if it dies.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import type { Test } from 'tap'
import { until } from './until.ts'

export interface ChildServer {
  readonly path: string
  readonly args: readonly string[]
  /** Its own, removed when it has ended. */
  readonly folder: string
  readonly isReady: () => Promise<boolean>
}

/** Resolves when it is ready; throws what it said if it ends before. Ended with `t`. */
export async function startChildServer(
  t: Pick<Test, 'teardown'>,
  { path, args, folder, isReady }: ChildServer,
): Promise<void> {
  const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (said += piece))
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  })
  await until(`${path} is ready`, async () => {
    if (child.exitCode !== null) throw new Error(`${path} ended: ${said}`)
    return await isReady()
  })
}
