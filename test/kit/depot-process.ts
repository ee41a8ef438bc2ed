// Starts an orchestrator of depots, which ends with its test whatever became of it.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { spawnNode } from '../crash/node-process.ts'

const entry = fileURLToPath(import.meta.resolve('./depot-orchestrator.ts'))

export interface DepotProcess {
  readonly url: string
  /** What it has written so far. */
  printed(): string
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

/** Resolves when it is ready. */
export async function startDepotProcess(
  t: Pick<Test, 'teardown'>,
  settings: Record<string, string>,
): Promise<DepotProcess> {
  const child = spawnNode(entry, {
    HOST: '127.0.0.1',
    PORT: '0',
    LEASE_MS: '1000',
    STEP_RETRIES: '0',
    STOCKS_URL: 'http://127.0.0.1:1',
    PRODUITS_URL: 'http://127.0.0.1:1',
    ...settings,
  })
  const closed = once(child, 'close')
  const kill = async () => {
    child.kill('SIGKILL')
    await closed
  }
  t.teardown(kill)
  let printed = ''
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
  const ready = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    printed += `${line}\n`
    const said: { msg?: string; url?: string } = JSON.parse(line)
    if (said.msg === 'ready' && said.url !== undefined) ready.resolve(said.url)
  })
  const died = closed.then(() => {
    throw new Error(`an orchestrator of depots ended: ${stderr}`)
  })
  return { url: await Promise.race([ready.promise, died]), printed: () => printed + stderr, kill }
}
