// What a run costs beside time: CPU on both sides, and what Postgres wrote.
import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'

/** Ticks of /proc are hundredths of a second wherever Node runs. */
const MS_PER_TICK = 10

/** CPU of this process, garbage collection included. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** CPU of a process and its children, ended ones included; null where there is no /proc. */
export function familyCpuMs(pid: number): number | null {
  if (process.platform !== 'linux') return null
  let ticks = 0
  for (const entry of readdirSync('/proc')) {
    const times = /^\d+$/.test(entry) ? timesOf(entry) : undefined
    if (times === undefined) continue
    if (Number(entry) === pid) ticks += times.own + times.endedChildren
    else if (times.parent === pid) ticks += times.own
  }
  return ticks * MS_PER_TICK
}

function timesOf(pid: string): { parent: number; own: number; endedChildren: number } | undefined {
  try {
    // The name of the command stands in brackets, and may itself hold blanks and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number)
    const [, parent = 0] = fields
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11)
    return { parent, own: user + system, endedChildren: childUser + childSystem }
  } catch {
    // It ended while we looked.
    return undefined
  }
}

export interface PostgresUsage {
  /** Transactions of this database, those that only read included. */
  transactions: number
  /** Pages that its statements have looked at, cached or not. */
  pages: number
  storeCpuMs: number | null
  walBytes: number
}

/** Reads what a whole Postgres has used so far; it must run on this machine, and nothing else may use it. */
export class PostgresMeter {
  readonly #client: pg.Client
  readonly #postmaster: number

  private constructor(client: pg.Client, postmaster: number) {
    this.#client = client
    this.#postmaster = postmaster
  }

  static async open(url: string): Promise<PostgresMeter> {
    const client = new pg.Client({ connectionString: url })
    // Where a run fails, Postgres ends before whoever has not closed his; then it is the failure that is told.
    client.on('error', () => undefined)
    await client.connect()
    const { rows } = await client.query<{ file: string }>(`select pg_read_file('postmaster.pid') as file`)
    return new PostgresMeter(client, Number.parseInt(rows[0]?.file ?? '', 10))
  }

  async read(): Promise<PostgresUsage> {
    const { rows } = await this.#client.query<{ transactions: string; pages: string; wal_bytes: string }>(
      `select xact_commit as transactions, blks_hit + blks_read as pages,
         pg_current_wal_insert_lsn() - '0/0'::pg_lsn as wal_bytes
       from pg_stat_database where datname = current_database()`,
    )
    return {
      transactions: Number(rows[0]?.transactions),
      pages: Number(rows[0]?.pages),
      walBytes: Number(rows[0]?.wal_bytes),
      storeCpuMs: familyCpuMs(this.#postmaster),
    }
  }

  close(): Promise<void> {
    return this.#client.end()
  }
}
