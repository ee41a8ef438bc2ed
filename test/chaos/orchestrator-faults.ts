// Orchestrators that die, freeze, are restarted, or lose their way to Postgres.
import { setTimeout as sleep } from 'node:timers/promises'
import { holdingsOf, takenOver, takeoverMs } from './ownership.ts'
import type { Orchestrator } from './orchestrator.ts'
import type { Fault, Scene } from './scene.ts'
import { LEASE_MS } from './system.ts'

function oneOf({ system, dice }: Scene): Orchestrator {
  const orchestrator = dice.oneOf(system.orchestrators)
  if (orchestrator === undefined) throw new Error('there are no orchestrators')
  return orchestrator
}

/** Away long enough for the others to notice, or, where there are none, past its lease. */
async function untilNoticed(scene: Scene, orchestrator: Orchestrator, since: number): Promise<number> {
  const { system, dice, tookOver, complain } = scene
  const held = await holdingsOf(system, orchestrator)
  if (system.orchestrators.length === 1) {
    await sleep(LEASE_MS * dice.between(1.2, 2))
    return 0
  }
  const ms = await takeoverMs(system, held, since)
  if (ms !== undefined) tookOver(ms)
  else if (held.partitions.length > 0) complain(`what ${orchestrator.memberName} held was never taken over`)
  await sleep(dice.between(0, LEASE_MS))
  return takenOver(system, held)
}

const killed: Fault = {
  name: 'orchestrator killed, sagas in flight',
  async strike(scene) {
    const orchestrator = oneOf(scene)
    const since = performance.now()
    if (!(await orchestrator.process.kill())) return 0
    const { inFlight } = await holdingsOf(scene.system, orchestrator)
    // Back before anybody has noticed, or only behind the takeover.
    if (scene.dice.chance(0.5)) await untilNoticed(scene, orchestrator, since)
    await orchestrator.process.comeBack()
    return inFlight > 0 ? 1 : 0
  },
}

/** Past its lease: it wakes up and believes to drive what others drive. */
const suspended: Fault = {
  name: 'orchestrator suspended, and overtaken',
  async strike(scene) {
    const orchestrator = oneOf(scene)
    const { process } = orchestrator
    const since = performance.now()
    process.suspend()
    try {
      return (await untilNoticed(scene, orchestrator, since)) > 0 ? 1 : 0
    } finally {
      process.resume()
      await process.ready()
    }
  },
}

/** Its connections stay open, and nothing comes through; then all of it does, late. */
const cutOff: Fault = {
  name: 'orchestrator cut off from Postgres, and overtaken',
  async strike(scene) {
    const orchestrator = oneOf(scene)
    const since = performance.now()
    orchestrator.proxy.block()
    try {
      return (await untilNoticed(scene, orchestrator, since)) > 0 ? 1 : 0
    } finally {
      if (scene.dice.chance(0.5)) orchestrator.proxy.breakAll()
      orchestrator.proxy.unblock()
      await orchestrator.process.ready()
    }
  },
}

/** One after the other, as in an upgrade. */
const rolled: Fault = {
  name: 'orchestrator ended by SIGTERM and restarted',
  async strike({ system, complain }) {
    let struck = 0
    for (const { process } of system.orchestrators) {
      const troubles = system.databaseTroubles
      const code = await process.end()
      // Without Postgres nothing can be handed over, and it must not wait for ever.
      if (code === 0) struck += 1
      else if (code !== undefined && troubles.count === system.databaseTroubles.count && !troubles.isOn)
        complain(`${process.name} ended with code ${code} on SIGTERM`)
      await process.comeBack()
    }
    return struck
  },
}

export const orchestratorFaults: readonly Fault[] = [killed, suspended, cutOff, rolled]
