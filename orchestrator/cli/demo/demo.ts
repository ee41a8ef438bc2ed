// `skald demo`: plays the scenarios of an order against the `skald up` that runs, one line each. It may be called again
// and again, beside real data: its produits, carts and keys are new in every run. Whatever it stopped or suspended is
// running again after each scenario and on Ctrl-C; what a demo killed by kill -9 left suspended, the next one resumes.
import { once } from 'node:events'
import { readUpConfig } from '../../config.ts'
import type { Environment } from '../../config.ts'
import { messageOf, OperatorError } from '../operator-error.ts'
import { Checks } from './checks.ts'
import { killScenario } from './kill-scenario.ts'
import { orderScenarios } from './order-scenarios.ts'
import { outageScenarios } from './outage-scenarios.ts'
import { Report } from './report.ts'
import type { Verdict } from './report.ts'
import { CannotPlayError, findRunningSystem } from './running-system.ts'
import type { RunningSystem } from './running-system.ts'
import { Shop } from './shop.ts'
import { Stage } from './stage.ts'
import type { Scenario } from './stage.ts'

const scenarios = [...orderScenarios, ...outageScenarios, killScenario].sort((a, b) => a.number - b.number)

/**
 * Plays the scenarios with these numbers, all if there are none. True if each went as it must. Throws an OperatorError
 * or a ConfigError, before it has done anything.
 */
export async function demo({ env, numbers }: { env: Environment; numbers: number[] }): Promise<boolean> {
  const config = readUpConfig(env)
  const system = await findRunningSystem(config.SKALD_HOME)
  const shop = new Shop({
    url: system.url,
    token: env['SKALD_TOKEN'] || undefined,
    serviceToken: config.SERVICE_TOKEN?.split(',')[0],
  })
  const refusal = await shop.refusal()
  if (refusal !== undefined)
    throw new OperatorError(
      `This Skald asks who calls: set SKALD_TOKEN to a token with the roles start, read and operate, and SERVICE_TOKEN as \`skald up\` has it (${refusal})`,
    )
  const report = new Report(process.stdout)
  const isEnding = endingSignal().then(() => 'interrupted' as const)
  report.begin(system.url)
  const stage = new Stage(system, shop, (hint) => report.waiting(hint))
  for (const scenario of scenarios) {
    if (numbers.length > 0 && !numbers.includes(scenario.number)) continue
    report.playing(scenario)
    const verdict = await Promise.race([play(scenario, stage, system), isEnding])
    if (verdict === 'interrupted') {
      report.interrupted()
      await system.leave()
      // The scenario is still waiting for something that will not come now.
      process.exit(130)
    }
    report.verdict(scenario, verdict)
  }
  return report.end()
}

async function play(scenario: Scenario, stage: Stage, system: RunningSystem): Promise<Verdict> {
  const checks = new Checks()
  try {
    const seen = await scenario.play(stage, checks)
    if (checks.differences.length === 0) return { kind: 'as it must be', seen }
  } catch (error) {
    if (error instanceof CannotPlayError) return { kind: 'not played', reason: error.message }
    checks.differences.push(messageOf(error))
  } finally {
    await system.restore().catch((error: unknown) => checks.differences.push(messageOf(error)))
  }
  return { kind: 'differs', differences: checks.differences }
}

async function endingSignal(): Promise<void> {
  const signals = new EventTarget()
  // A terminal and the Node that handed over to us both send the signal: all but the first are nothing new.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signals.dispatchEvent(new Event('end')))
  await once(signals, 'end')
}
