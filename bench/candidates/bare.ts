import { v7 as newSagaId } from 'uuid'
import { caller } from '../caller.ts'
import { ownCpuMs } from '../usage.ts'
import { candidate, type Candidate, type Place } from './candidate.ts'

/** Three got calls one after the other; nothing is persisted. */
export async function bare({ stubs }: Place): Promise<Candidate> {
  const { calls, close } = caller(stubs)
  const load = {
    async run() {
      const id = newSagaId()
      for (const call of calls) await call(id)
    },
    usage: async () => ({ commits: 0, cpuMs: ownCpuMs(), storeCpuMs: 0, walBytes: 0 }),
  }
  return candidate('bare', load, async () => close())
}
