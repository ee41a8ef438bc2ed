// The orchestrators of one floor, one after the other. A start is most of what a run costs: so who took over from the
// one that died is, in the next run, the next to die.
import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'
import { OrchestratorProcess } from './orchestrator-process.ts'
import type { Plan } from './point.ts'

type Settings = Record<string, string>

interface Heir {
  readonly process: OrchestratorProcess
  readonly settings: Settings
  readonly plan: Plan
}

export class Succession {
  readonly #t: Pick<Test, 'teardown'>
  #heir: Heir | undefined

  /** The last one ends with `t`. */
  constructor(t: Pick<Test, 'teardown'>) {
    this.#t = t
    t.teardown(() => this.end())
  }

  /** One that dies as planned; the heir of the last run, if it was started alike. Resolves when it is ready, or gone. */
  async mortal(settings: Settings, plan: Plan): Promise<OrchestratorProcess> {
    const heir = this.#heir
    const { dies, ...kind } = plan
    if (heir === undefined || !isDeepStrictEqual([heir.settings, heir.plan], [settings, kind])) {
      await this.end()
      const process = new OrchestratorProcess(this.#t, settings, plan)
      await Promise.race([process.ready, process.death])
      return process
    }
    this.#heir = undefined
    if (dies !== undefined) await heir.process.arm(dies)
    return heir.process
  }

  /** It takes over from the one that died, and stays. */
  heir(settings: Settings, plan: Plan = {}): OrchestratorProcess {
    const process = new OrchestratorProcess(this.#t, settings, plan)
    this.#heir = { process, settings, plan }
    return process
  }

  /** Asks the heir to end, as a supervisor does, and demands that it ends in peace. */
  async end(): Promise<void> {
    const process = this.#heir?.process
    this.#heir = undefined
    if (process === undefined || process.isGone) return
    const { code, stderr } = await process.end()
    if (code !== 0) throw new Error(`an orchestrator that was asked to end did so with ${code}: ${stderr}`)
  }
}
