/** The process edge of an orchestrator: environment, signals, exit code. */
import { hostname } from 'node:os'
import { runProcess } from '../services/participant/process.ts'
import { readOrchestratorConfig } from './config.ts'
import { startOrchestrator } from './orchestrator.ts'
import { errorInShort } from './redact/log.ts'

/** Beyond the grace for sagas in flight: handing over the rest, answering those who wait, closing. */
const CLOSING_MS = 10_000
/** Three times as long as the gateway goes without asking who is ready. */
const LINGER_MS = 1500

await runProcess('orchestrator', process.env, async () => {
  const config = readOrchestratorConfig(process.env, { ORCHESTRATOR_ID: `${hostname()}:${process.pid}` })
  if (config.REDACT !== undefined) process.once('uncaughtException', dieInShort)
  const orchestrator = await startOrchestrator(config)
  const end = () => orchestrator.close({ lingerMs: LINGER_MS })
  return { end, endTimeoutMs: config.GRACE_MS + CLOSING_MS, failed: orchestrator.failed }
})

/** Node would print it whole, with whatever it quotes. */
function dieInShort(error: unknown): void {
  process.stderr.write(`${JSON.stringify(errorInShort(error))}\n`, () => process.exit(1))
}
