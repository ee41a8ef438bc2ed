// A backup that was taken while sagas ran is restored, and they go on.
import t from 'tap'
import { baseBackup } from '../kit/base-backup.ts'
import { startOwnPostgres } from '../kit/own-postgres.ts'
import { until } from '../kit/until.ts'
import {
  CALLERS,
  findingsIn,
  holdCallers,
  inFlight,
  openShop,
  sagasIn,
  startOrdering,
  untilAllEnded,
} from './shop-at.ts'

const running = await startOwnPostgres(t)
const system = await openShop(t, running.url, { name: 'before' })
const { shop, orchestrator, participants } = system
const cursor = String(Object((await orchestrator.get('/api/transitions')).body).cursor)
await shop.setStock(10_000)

const load = startOrdering(system)
const backup = await baseBackup(t, running, async () => {
  const before = (await sagasIn(running.url)).size
  await until('some more sagas', async () => (await sagasIn(running.url)).size > before + 10)
  await holdCallers(system, running.url)
})
const left = new Set((await sagasIn(running.url)).keys())
participants.stocks.release()
await until('the system went on', async () => (await sagasIn(running.url)).size > left.size + 5)
await load.end()
await untilAllEnded(running.url)

t.test('every schema from one backup: the sagas go on, and all is as it must be', async (t) => {
  const { url } = await backup.restore(t)
  const before = await sagasIn(url)
  t.strictSame(new Set(before.keys()), left, 'all sagas that there were, and none that came later')
  t.equal(inFlight(before).length, CALLERS)
  const again = await openShop(t, url, { name: 'restored' })
  await untilAllEnded(url)
  t.strictSame(new Set((await sagasIn(url)).values()), new Set(['done']))
  t.strictSame(await findingsIn(url), [])
  // What came behind the backup is done anew, by transactions of ids that were there before.
  const { status } = await again.orchestrator.get(`/api/transitions?after=${cursor}`)
  t.equal(status, 400, 'watchers begin anew')
})

t.test('participants that went on: what they did before is done once', async (t) => {
  const { url } = await backup.restore(t)
  const open = inFlight(await sagasIn(url))
  t.equal(open.length, CALLERS)
  await openShop(t, url, { name: 'alone', participants })
  await untilAllEnded(url)
  const [told, known] = [await sagasIn(url), await sagasIn(running.url)]
  for (const [saga, status] of told) t.equal(status, known.get(saga))
  t.strictSame(await findingsIn(running.url), [], 'nothing was done a second time, and nothing undone')
  for (const saga of open) {
    const events = await shop.serviceEvents(saga)
    t.strictSame(events, ['LOCK_CART SUCCESS', 'CREATE_RESERVATION SUCCESS', 'CREATE_VENTE SUCCESS'])
  }
})
