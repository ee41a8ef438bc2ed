// At the end of a test's database every saga in it is told again: whatever a test is about, replay holds.
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { machines as registered, type RegisteredMachine } from '../../machines/registry.ts'
import { Replay } from '../../orchestrator/cli/audit/replay-check.ts'

const byDatabase = new Map<string, RegisteredMachine[]>()

/** Machines of a test that drive sagas on this database, beside those that are registered. */
export function tellBy(databaseUrl: string, machines: readonly RegisteredMachine[] = []): void {
  // A release that knows fewer of those that are registered has no other ones.
  const others = machines.filter((machine) => !registered.includes(machine))
  byDatabase.set(databaseUrl, [...(byDatabase.get(databaseUrl) ?? []), ...others])
}

/** Rejects, naming them, if sagas are told otherwise by their machines. Where there are none, nothing is to be told. */
export async function tellAgain(databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  // The database is dropped next, with force: what is on its way to be closed is no test's affair.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    const { rows } = await sql<{ is: boolean }>`
      select to_regclass('orchestrator.business_event') is not null as is
    `.execute(db)
    if (rows[0]?.is !== true) return
    const replay = new Replay(machinesOf(databaseUrl))
    await replay.run(db)
    if (replay.findings.length === 0) return
    const told = replay.findings.map(({ saga_id, what }) => `saga ${saga_id} ${what}`)
    throw new Error(`replay does not hold:\n${told.join('\n')}`)
  } finally {
    await db.destroy()
  }
}

/** Of two under one name the later one is meant. */
function machinesOf(databaseUrl: string): RegisteredMachine[] {
  const all = [...registered, ...(byDatabase.get(databaseUrl) ?? [])]
  return all.filter(
    ({ machine }, index) =>
      !all
        .slice(index + 1)
        .some((later) => later.machine.id === machine.id && later.machine.version === machine.version),
  )
}
