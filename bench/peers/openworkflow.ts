// OpenWorkflow: a library in this process, whose worker claims runs from Postgres and writes down each step there.
import { randomUUID } from 'node:crypto'
import { OpenWorkflow } from 'openworkflow'
import { BackendPostgres } from 'openworkflow/postgres'
import { caller } from '../caller.ts'
import { ownCpuMs, PostgresMeter } from '../usage.ts'
import { serve, type Peer, type PeerPlace } from './serve.ts'

const WORKER_CONCURRENCY = 64

/**
 * The ends of runs, told by this process as soon as they are written. Nothing documented gives them: the handle of
 * a run asks once a second, and at few sagas at a time that is most of what its row shows.
 */
class Ends {
  readonly #waiting = new Map<string, () => void>()

  constructor(backend: BackendPostgres) {
    const complete = backend.completeWorkflowRun.bind(backend)
    backend.completeWorkflowRun = async (params) => {
      const run = await complete(params)
      this.#waiting.get(run.id)?.()
      this.#waiting.delete(run.id)
      return run
    }
  }

  /** To be asked for before the run can have ended: in the turn that learns its id. */
  of(runId: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(runId, resolve))
  }
}

async function open({ stubs, databaseUrl, variant }: PeerPlace): Promise<Peer> {
  const { calls, close } = caller(stubs)
  const [lock, reserve, create] = calls
  const backend = await BackendPostgres.connect(databaseUrl)
  const ends = variant === 'unpolled' ? new Ends(backend) : undefined
  const client = new OpenWorkflow({ backend })
  const commande = client.defineWorkflow({ name: 'commande' }, async ({ input, step }) => {
    const { cartId } = input as { cartId: string }
    await step.run({ name: 'lock' }, () => lock(cartId))
    await step.run({ name: 'reserve' }, () => reserve(cartId))
    return step.run({ name: 'create' }, () => create(cartId))
  })
  const worker = client.newWorker({ concurrency: WORKER_CONCURRENCY })
  await worker.start()
  const meter = await PostgresMeter.open(databaseUrl)
  return {
    async run() {
      const handle = await commande.run({ cartId: randomUUID() })
      await (ends ? ends.of(handle.workflowRun.id) : handle.result())
    },
    async usage() {
      const { transactions, storeCpuMs, walBytes } = await meter.read()
      return { commits: transactions, cpuMs: ownCpuMs(), storeCpuMs, walBytes }
    },
    async close() {
      await worker.stop()
      await backend.stop()
      await meter.close()
      close()
    },
  }
}

await serve(open)
