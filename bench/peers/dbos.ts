// DBOS Transact: a library in this process that writes down each step's result in Postgres.
import { randomUUID } from 'node:crypto'
import { DBOS } from '@dbos-inc/dbos-sdk'
import { caller } from '../caller.ts'
import { ownCpuMs, PostgresMeter } from '../usage.ts'
import { serve, type Peer, type PeerPlace } from './serve.ts'

/** Its default of 10 holds it back at 64 at a time; more than this brings nothing. */
const POOL_SIZE = 40

async function open({ stubs, databaseUrl }: PeerPlace): Promise<Peer> {
  const { calls, close } = caller(stubs)
  const [lock, reserve, create] = calls
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: databaseUrl,
    systemDatabasePoolSize: POOL_SIZE,
    logLevel: 'error',
  })
  const commande = DBOS.registerWorkflow(
    async (cartId: string) => {
      await DBOS.runStep(() => lock(cartId), { name: 'lock' })
      await DBOS.runStep(() => reserve(cartId), { name: 'reserve' })
      return DBOS.runStep(() => create(cartId), { name: 'create' })
    },
    { name: 'commande' },
  )
  await DBOS.launch()
  const meter = await PostgresMeter.open(databaseUrl)
  return {
    async run() {
      await commande(randomUUID())
    },
    async usage() {
      const { transactions, storeCpuMs, walBytes } = await meter.read()
      return { commits: transactions, cpuMs: ownCpuMs(), storeCpuMs, walBytes }
    },
    async close() {
      await DBOS.shutdown()
      await meter.close()
      close()
    },
  }
}

await serve(open)
