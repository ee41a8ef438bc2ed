// Many parked sagas retried in bulk by two orchestrators: `node bench/bulk.ts [sagas] [rate]`, 10,000 and 1,000 by default.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgresDaemon, stopPostgresDaemon } from '../orchestrator/cli/up/embedded-postgres.ts'
import { Bulks, WHO } from '../test/kit/bulks.ts'
import { startDepotProcess } from '../test/kit/depot-process.ts'
import { http } from '../test/kit/http.ts'
import { until } from '../test/kit/until.ts'
import { openWorkshop } from '../test/kit/workshop.ts'
import { connected } from './databases.ts'

const AT_ONCE = 64
const PATIENCE_SECONDS = 600

const [sagas = 10_000, rate = 1_000] = process.argv.slice(2).map(Number)
const log = () => undefined
const seconds = (ms: number) => Math.round(ms / 10) / 100
const endings: (() => unknown)[] = []
const scope = { teardown: (...ending: (() => unknown)[]) => void endings.push(...ending) }
try {
  console.log(JSON.stringify(await measure(await postgres())))
} finally {
  for (const end of endings.toReversed()) await end()
}

async function postgres(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'skald-bench-bulk-'))
  await chmod(home, 0o755)
  endings.push(() => rm(home, { recursive: true, force: true }))
  const { url } = await startPostgresDaemon({ home, log })
  endings.push(() => stopPostgresDaemon({ home, log }))
  return url
}

async function measure(databaseUrl: string) {
  const workshop = await openWorkshop(scope)
  const settings = {
    DATABASE_URL: databaseUrl,
    CARTS_URL: workshop.url,
    LEASE_MS: '5000',
    SAGAS_IN_FLIGHT: String(sagas),
  }
  const a = await startDepotProcess(scope, settings)
  await startDepotProcess(scope, settings)
  const numberOf = async (query: string) =>
    connected(databaseUrl, async (client) => Number((await client.query<{ n: string }>(query)).rows[0]?.n))
  await begin(a.url)
  const parked = `select count(*) as n from orchestrator.saga where resting_status = 'parked'`
  await until('all are parked', async () => (await numberOf(parked)) === sagas, PATIENCE_SECONDS)
  workshop.works = true

  const bulks = new Bulks(() => a.url)
  const filter = { machine: 'depot', status: 'parked' }
  const dryRunAt = performance.now()
  await bulks.post('', { ...WHO, verb: 'retry', filter, dry_run: true })
  const dryRunMs = performance.now() - dryRunAt
  const beganAt = performance.now()
  const { bulk_id } = await bulks.begin({ verb: 'retry', filter, rate })
  const isSent = async () => (await bulks.get(bulk_id)).sent === sagas
  await until('all are sent', isSent, PATIENCE_SECONDS)
  const sentMs = performance.now() - beganAt
  const isDone = async () => (await bulks.get(bulk_id)).status === 'done'
  await until('all are answered', isDone, PATIENCE_SECONDS)
  const doneMs = performance.now() - beganAt
  const ended = `select count(*) as n from orchestrator.saga where status = 'done'`
  await until('all have ended', async () => (await numberOf(ended)) === sagas, PATIENCE_SECONDS)
  const endedMs = performance.now() - beganAt
  const retried = await numberOf(`
    select count(*) as n from (
      select from orchestrator.transition where event ->> 'type' = 'skald.retry'
      group by saga_id having count(*) = 1
    ) once`)
  const { applied, refused, ignored } = await bulks.get(bulk_id)
  return {
    sagas,
    rate,
    applied,
    refused,
    ignored,
    retried_once: retried,
    dry_run_s: seconds(dryRunMs),
    sent_s: seconds(sentMs),
    answered_s: seconds(doneMs),
    ended_s: seconds(endedMs),
  }
}

async function begin(url: string): Promise<void> {
  let next = 0
  const caller = async () => {
    while (next < sagas) {
      const json = { name: `depot ${next++}` }
      await http.post(`${url}/api/sagas/depot`, { json, headers: { prefer: 'respond-async' } })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, caller))
}
