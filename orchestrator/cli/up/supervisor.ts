// The processes of one `skald up` together: started when what they need is ready, ended in the reverse order.
import { readFile } from 'node:fs/promises'
import { createActor, waitFor } from 'xstate'
import { OperatorError } from '../operator-error.ts'
import { stateOf, supervisedProcess } from './supervised-process.ts'
import type { ProcessPlan, SupervisedProcess, SupervisedSnapshot } from './supervised-process.ts'

/** How long a process may take until it is ready for the first time. */
const READY_MS = 60_000
const LOG_TAIL_CHARACTERS = 4096

export interface ProcessInfo {
  name: string
  pid: number | null
  state: string
  url: string | null
  /** How often it was started again after a death. */
  restarts: number
}

interface Member {
  plan: ProcessPlan
  actor: SupervisedProcess
}

export class Supervisor {
  readonly #members = new Map<string, Member>()
  #isEnding = false

  /** Starts them all at once; resolves when all are ready. Throws an OperatorError if one refuses or is not in time. */
  async start(plans: ProcessPlan[]): Promise<void> {
    if (this.#isEnding) throw new Error('the supervisor is ending')
    for (const plan of plans) {
      const actor = createActor(supervisedProcess, { input: plan }).start()
      this.#members.set(plan.name, { plan, actor })
    }
    await Promise.all(plans.map(({ name }) => this.startProcess(name)))
  }

  list(): ProcessInfo[] {
    return [...this.#members.values()].map(({ plan, actor }) => {
      const snapshot = actor.getSnapshot()
      const { pid, restarts } = snapshot.context
      return { name: plan.name, pid: pid ?? null, state: stateOf(snapshot), url: plan.url ?? null, restarts }
    })
  }

  has(name: string): boolean {
    return this.#members.has(name)
  }

  /** Resolves when the process is ready. */
  async startProcess(name: string): Promise<void> {
    const { plan, actor } = this.#member(name)
    actor.send({ type: 'START' })
    await waitFor(actor, isSettled, { timeout: READY_MS }).catch(() => undefined)
    const state = stateOf(actor.getSnapshot())
    if (state === 'ready') return
    const said = await lastSentence(plan.logFile)
    if (state === 'refused' && said.isWhole) throw new OperatorError(said.sentence)
    throw new OperatorError(`${name} does not get ready (${said.sentence}): see its log, ${plan.logFile}.`)
  }

  /** Ends the process, gently if it lets us; it stays down until it is started. */
  async stopProcess(name: string): Promise<void> {
    const { actor } = this.#member(name)
    actor.send({ type: 'STOP' })
    await waitFor(actor, (snapshot) => ['stopped', 'refused'].includes(stateOf(snapshot)))
  }

  /** Kills the process as `kill -9` does; it is started again. */
  killProcess(name: string): void {
    this.#member(name).actor.send({ type: 'KILL' })
  }

  /** Ends all, group after group, each only when the one before is gone. No process can be started any more. */
  async end(order: string[][]): Promise<void> {
    this.#isEnding = true
    for (const names of order) {
      await Promise.all(names.filter((name) => this.has(name)).map((name) => this.stopProcess(name)))
    }
  }

  #member(name: string): Member {
    const member = this.#members.get(name)
    if (!member) throw new OperatorError(`There is no process ${name}.`)
    return member
  }
}

const isSettled = (snapshot: SupervisedSnapshot) =>
  ['ready', 'refused', 'stopped'].includes(stateOf(snapshot))
/** Node's last line under a stack trace. */
const isTrace = (line: string) => line.startsWith('Node.js v')

/** What a process said last on stderr, between the JSON records of its log; not whole if it died of a stack trace. */
async function lastSentence(file: string): Promise<{ sentence: string; isWhole: boolean }> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.slice(-LOG_TAIL_CHARACTERS).split('\n')
  const sentence = lines.findLast((line) => /^[^\s{}]/.test(line) && !isTrace(line)) ?? 'it said nothing'
  return { sentence, isWhole: !lines.some(isTrace) }
}
