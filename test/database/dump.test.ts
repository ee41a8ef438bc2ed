// A dump of a running system, taken by Debian's pg_dump of the oldest Postgres that Skald takes, is loaded into the
// newest: its sagas go on there.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { debianPostgres, startDebianPostgres } from '../kit/debian-postgres.ts'
import { ask, startOwnPostgres } from '../kit/own-postgres.ts'
import { startSkald } from '../kit/skald-command.ts'
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

const bin = debianPostgres()
const skip = bin === undefined && 'no Postgres of Debian is installed: apt-get install postgresql'

t.test('a dump of a running system is loaded elsewhere, and its sagas go on', { skip }, async (t) => {
  if (bin === undefined) return
  const run = async (name: string, args: string[]) => promisify(execFile)(join(bin, name), args)
  const old = await startDebianPostgres(t, bin)
  // A cluster that has lived for longer than the new one.
  await ask(old, `do $$ begin for i in 1..5000 loop perform pg_current_xact_id(); commit; end loop; end $$`)
  const system = await openShop(t, old, { name: 'old' })
  await system.shop.setStock(1_000)
  const load = startOrdering(system)
  await holdCallers(system, old)
  const file = join(t.testdir(), 'skald.dump')
  await run('pg_dump', ['--format=custom', `--file=${file}`, old])
  system.participants.stocks.release()
  await load.end()
  await untilAllEnded(old)

  const { url } = await startOwnPostgres(t)
  await run('pg_restore', [`--dbname=${url}`, file])
  const ahead = `select count(*)::int as rows from orchestrator.transition
    where committed_in >= pg_snapshot_xmax(pg_current_snapshot())`
  const [found] = await ask<{ rows: number }>(url, ahead)
  t.ok(found?.rows, 'the feed would tell them when the new cluster comes to their ids')
  const command = startSkald(t, ['migrate', '--schemas', '--json'], { DATABASE_URL: url })
  const { stdout } = await command.outcome
  t.match(JSON.parse(stdout), { transitions_of_another_cluster: found?.rows })
  t.match(await ask(url, ahead), [{ rows: 0 }])
  t.equal(inFlight(await sagasIn(url)).length, CALLERS)
  await openShop(t, url, { name: 'new' })
  await untilAllEnded(url)
  t.strictSame(await findingsIn(url), [])
})
