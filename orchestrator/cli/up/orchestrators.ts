// The orchestrators of one `skald up`: what they are called, among its processes and in the database, and that none of
// an earlier run is still there. A name in the database that two processes bear at once would let each take the other's
// sagas for its own; so the next `up` begins only when the last one's are gone, however that one died.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../operator-error.ts'
import type { Home } from './home.ts'

/** Where its code begins, from the root of Skald. */
export const ORCHESTRATOR = 'orchestrator/main.ts'
/** What it may take to end, beyond the grace for its sagas in flight; its own bound is a little less. */
export const CLOSING_MS = 12_000

const HOST_LETTERS_MAX = 150
const HASH_DIGITS = 12
const POLL_MS = 100

/** One alone needs no number. */
export function orchestratorNames(count: number): string[] {
  if (count === 1) return ['orchestrator']
  return Array.from({ length: count }, (_, index) => `orchestrator-${index + 1}`)
}

export function isOrchestrator(process: string): boolean {
  return /^orchestrator(-\d+)?$/.test(process)
}

/** The same for the n-th orchestrator of this home whenever it is started, and for no other. */
export function orchestratorId(home: Home, n: number): string {
  const place = createHash('sha256').update(home.path).digest('hex').slice(0, HASH_DIGITS)
  return `${hostname().slice(0, HOST_LETTERS_MAX)}-${place}-${n}`
}

/** Resolves when no orchestrator of an earlier run is left; they end by themselves. Throws an OperatorError. */
export async function formerOrchestratorsEnded(
  home: Home,
  { graceMs, log }: { graceMs: number; log: (line: string) => void },
): Promise<void> {
  const givesUpAt = performance.now() + graceMs + CLOSING_MS
  let running = formerOrchestrators(home)
  if (running.length > 0)
    log(`waiting for the orchestrators of an earlier run to end (pid ${running.join(', ')})`)
  while (running.length > 0 && performance.now() < givesUpAt) {
    await sleep(POLL_MS)
    running = formerOrchestrators(home)
  }
  if (running.length === 0) return
  throw new OperatorError(
    `An orchestrator of an earlier run (pid ${running[0]}) does not end: end it, then start again.`,
  )
}

function formerOrchestrators(home: Home): number[] {
  return readdirSync(dirname(home.pidFile('orchestrator')))
    .map((file) => basename(file, '.pid'))
    .filter(isOrchestrator)
    .map((name) => Number.parseInt(readFileSync(home.pidFile(name), 'utf8'), 10))
    .filter(isOrchestratorProcess)
}

/** On Linux a number that was given out again after a restart of the machine is not believed. */
function isOrchestratorProcess(pid: number): boolean {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0)
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(ORCHESTRATOR)
  } catch {
    return false
  }
}
