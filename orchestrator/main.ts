/** The process edge of an orchestrator: environment, signals, exit code. */
import { hostname } from 'node:os'
import { runProcess } from '../services/participant/process.ts'
import { readOrchestratorConfig } from './config.ts'
import { startOrchestrator } from './orchestrator.ts'

await runProcess('orchestrator', process.env, async () => {
  const config = readOrchestratorConfig(process.env, { ORCHESTRATOR_ID: `${hostname()}:${process.pid}` })
  const orchestrator = await startOrchestrator(config)
  return () => orchestrator.close()
})
