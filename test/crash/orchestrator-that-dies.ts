/**
 * An orchestrator that kills itself at the point its plan names, or that a line of its stdin does: by SIGKILL, so that
 * nothing of it runs on, no handler, no flush. All else is the orchestrator as it is; the faults stand between the
 * engine and its ports.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { v7 as newUuid } from 'uuid'
import { machines } from '../../machines/registry.ts'
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import type { SagaStore, SagaWrite, StepCaller } from '../../orchestrator/engine/ports.ts'
import { startOrchestrator } from '../../orchestrator/orchestrator.ts'
import { runProcess } from '../../services/participant/process.ts'
import { whatOf, type Marker, type Plan, type Point } from './point.ts'

const plan: Plan = JSON.parse(process.env['PLAN'] ?? '{}')
let { dies } = plan
let passed = 0
let lastState = ''

createInterface({ input: process.stdin }).on('line', (line) => {
  dies = JSON.parse(line) as Point
  passed = 0
  writeSync(1, '{"armed":true}\n')
})

/** Ends the process here if this is where it dies. */
function pass(at: Point['at'], what: string, sagaId: string): void {
  if (dies?.at !== at) return
  const wanted = whatOf(dies)
  if (wanted !== what && wanted !== '*') return
  passed += 1
  if (passed < (dies.time ?? 1)) return
  const marker: Marker = { dies, sagaId, state: lastState }
  writeSync(1, `${JSON.stringify({ marker })}\n`)
  process.kill(process.pid, 'SIGKILL')
  // Whatever the system still has to do, no line behind this one runs.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

function passEach(at: Point['at'], batch: readonly SagaWrite[]): void {
  for (const { state, sagaId, transitions } of batch) {
    if (transitions.length === 0) continue
    lastState = state
    pass(at, state, sagaId)
  }
}

function dyingStore(store: SagaStore): SagaStore {
  return {
    inFlight: (lease, page) => store.inFlight(lease, page),
    due: (leases, page) => store.due(leases, page),
    byIds: (leases, sagaIds) => store.byIds(leases, sagaIds),
    async inbox(...page) {
      const events = await store.inbox(...page)
      for (const { event, sagaId } of events) pass('accepted, not yet heard', event.type, sagaId)
      return events
    },
    dismiss: (leases, eventIds) => store.dismiss(leases, eventIds),
    async write(batch) {
      passEach('before commit', batch)
      // The outcome comes before the commit, and this life ends before there is one.
      if (plan.mutation === 'calls before the commit') return batch.map(() => ({ kind: 'committed' }))
      const outcomes = await store.write(batch)
      passEach('committed, not yet called', batch)
      return outcomes
    },
  }
}

function dyingSteps(steps: StepCaller): StepCaller {
  return {
    async call(declaration, call) {
      const name = declaration.undo ? `undo ${declaration.step}` : declaration.step
      pass('before the call', name, call.sagaId)
      try {
        return await steps.call(declaration, {
          ...call,
          ...(plan.mutation === 'forgets unseen attempts' && { resumed: false }),
          ...(plan.mutation === 'gives calls new keys' && { sagaId: newUuid() }),
        })
      } finally {
        pass('called, answer lost', name, call.sagaId)
      }
    },
  }
}

const known = {
  'as now': machines,
  'of the release before': machines.slice(0, 1),
  'begins on v1': machines.toReversed(),
}

await runProcess('orchestrator', process.env, async () => {
  const config = readOrchestratorConfig(process.env, { ORCHESTRATOR_ID: `dying:${process.pid}` })
  const orchestrator = await startOrchestrator(config, {
    machines: known[plan.machines ?? 'as now'],
    store: dyingStore,
    steps: dyingSteps,
  })
  return { end: () => orchestrator.close(), failed: orchestrator.failed }
})
