// Participants that die, and ways to them that lose or delay what goes through.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Scene } from './scene.ts'
import type { Participant } from './system.ts'
import type { TcpProxy } from './tcp-proxy.ts'

/** How long what is to be lost may keep us waiting. */
const LISTEN_MS = 3_000
const POLL_MS = 20

function oneOf({ system, dice }: Scene): Participant {
  const participant = dice.oneOf(system.participants)
  if (participant === undefined) throw new Error('there are no participants')
  return participant
}

const killed: Fault = {
  name: 'participant killed',
  async strike(scene) {
    const { process } = oneOf(scene)
    const wasThere = await process.kill()
    await sleep(scene.dice.skewed(50, 3_000))
    await process.comeBack()
    return wasThere ? 1 : 0
  },
}

/** Some by less than a step waits, some by more. */
const delayed: Fault = {
  name: 'answers of a participant delayed',
  async strike(scene) {
    const { proxy } = oneOf(scene)
    const before = proxy.struck['answers delayed']
    proxy.delayAnswers(scene.dice.skewed(50, 2_500))
    await sleep(scene.dice.between(500, 2_000))
    proxy.delayAnswers(0)
    return proxy.struck['answers delayed'] - before
  },
}

async function cut(
  scene: Scene,
  what: 'answers cut' | 'requests cut',
  begin: (proxy: TcpProxy, count: number) => void,
): Promise<number> {
  const { proxy } = oneOf(scene)
  const before = proxy.struck[what]
  const count = scene.dice.whole(1, 8)
  const givesUpAt = performance.now() + LISTEN_MS
  begin(proxy, count)
  while (proxy.struck[what] < before + count && performance.now() < givesUpAt) await sleep(POLL_MS)
  begin(proxy, 0)
  return proxy.struck[what] - before
}

const answersCut: Fault = {
  name: 'answers of a participant lost',
  strike: (scene) => cut(scene, 'answers cut', (proxy, count) => proxy.cutAnswers(count)),
}

const requestsCut: Fault = {
  name: 'requests to a participant lost',
  strike: (scene) => cut(scene, 'requests cut', (proxy, count) => proxy.cutRequests(count)),
}

export const participantFaults: readonly Fault[] = [killed, delayed, answersCut, requestsCut]
