// An orchestrator of depots as a process of its own; all else is as in production.
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import { startOrchestrator } from '../../orchestrator/orchestrator.ts'
import { depot } from './depot.ts'

const config = readOrchestratorConfig(process.env, { ORCHESTRATOR_ID: `depots:${process.pid}` })
await startOrchestrator(config, { machines: [depot()] })
