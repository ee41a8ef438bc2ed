/**
 * Opens one schema of the database: connects, refuses what cannot work, brings the schema up to
 * date, and hands over a pool.
 *
 * Whatever the operator has to mend comes out as a DatabaseRefusedError whose message is one
 * sentence without secrets. All pending migrations of a schema commit in one transaction under an
 * advisory lock, so a process that dies at any line leaves the old schema or the new one, and
 * processes that start together wait for each other.
 */
import { readdir } from 'node:fs/promises'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Migration, MigrationProvider } from 'kysely/migration'
import pg from 'pg'

export type DatabaseRefusal =
  | 'DATABASE_URL_INVALID'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_LOGIN_REFUSED'
  | 'DATABASE_MISSING'
  | 'DATABASE_BUSY'
  | 'DATABASE_FORBIDDEN'
  | 'DATABASE_TOO_OLD'
  | 'SCHEMA_NEWER'
  | 'SCHEMA_BEHIND'
  | 'SCHEMA_IN_USE'
  | 'PARTITIONS_FIXED'
  | 'ROLES_FORBIDDEN'
  | 'ROLE_TOO_MIGHTY'
  | 'NOT_DISTRIBUTABLE'

/** The database cannot be used as it is. The message is for the operator: what is wrong, what to do. */
export class DatabaseRefusedError extends Error {
  override readonly name = 'DatabaseRefusedError'
  /** Stable: callers match on it. */
  readonly code: DatabaseRefusal

  constructor(code: DatabaseRefusal, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export type SchemaOptions = {
  /** `postgres://user:password@host:port/database`. */
  url: string
  /** Holds the tables and the record of its migrations; created when missing. */
  schema: string
  /** Folder, with a slash at its end, whose files `0001_name.ts`, … each export `up(db)`. */
  migrations: URL
  /** Most connections open at once. */
  poolMax: number
  /** Shown in pg_stat_activity. */
  applicationName: string
  /**
   * The server ends what takes longer, migrations excepted. Without it, what waits for a lock when its client is
   * gone goes on waiting, and each new try adds another one. A connection that is silent for longer is given up.
   */
  statementTimeoutMs?: number
  /** Of the server, for every connection but that of migrations: names and values as SQL takes them. */
  settings?: Readonly<Record<string, string>>
}

export type PoolOptions = Omit<SchemaOptions, 'schema' | 'migrations'>

export type OpenedSchema<Database> = {
  /** Qualifies table names of built queries with the schema; `sql` templates name it themselves. */
  db: Kysely<Database>
  pool: pg.Pool
  /** Waits for the queries under way. A second call does nothing. */
  close: () => Promise<void>
}

const OLDEST_SERVER_VERSION = 150_000
const CONNECT_TIMEOUT_MS = 10_000
/** What an answer may take on its way. */
const WAY_MS = 2_000
const STARTING_UP_TIMEOUT_MS = 30_000
const STARTING_UP_POLL_MS = 200
// A process that is frozen inside a transaction must not hold its row locks for ever.
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000

/** Whatever a migration waits to lock, commits wait for behind it: less than a session of an orchestrator lasts. */
const MIGRATION_LOCK_TIMEOUT = `'4s'`

const CANNOT_CONNECT_NOW = '57P03'
const FORBIDDEN = '42501'
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Connects, migrates and returns the schema ready for use.
 *
 * Throws DatabaseRefusedError for an operator's mistake, and the migration's own error when one of
 * ours fails; nothing stays open then.
 */
export async function openSchema<Database>(options: SchemaOptions): Promise<OpenedSchema<Database>> {
  const target = targetOf(options.url)
  await checkServer(options, target)

  await migrate(options, target)
  const pool = openPool(options)
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return { db: db.withSchema(options.schema), pool, close: () => db.destroy() }
}

export type MigrateOptions = Omit<SchemaOptions, 'poolMax' | 'statementTimeoutMs' | 'settings'>

/**
 * Brings the schema up to date and leaves no connection open; resolves with the migrations that it ran.
 *
 * Throws what openSchema would throw.
 */
export async function migrateSchema(options: MigrateOptions): Promise<readonly string[]> {
  const target = targetOf(options.url)
  await checkServer(options, target)
  return await migrate(options, target)
}

/** A refusal when the server's `server_version_num` is older than Skald can use. */
export function refusalOfVersion(serverVersionNum: number): DatabaseRefusedError | undefined {
  if (serverVersionNum >= OLDEST_SERVER_VERSION) return undefined
  const version = `${Math.floor(serverVersionNum / 10_000)}.${serverVersionNum % 10_000}`
  const oldest = OLDEST_SERVER_VERSION / 10_000
  return new DatabaseRefusedError(
    'DATABASE_TOO_OLD',
    `The Postgres behind DATABASE_URL is version ${version}; upgrade it to ${oldest} or newer.`,
  )
}

type Target = { place: string; user: string; database: string }

/** Resolves if the database can be used; throws what openSchema would throw before it looks at its schema. */
export async function checkDatabase(options: Pick<SchemaOptions, 'url' | 'applicationName'>): Promise<void> {
  await checkServer(options, targetOf(options.url))
}

function targetOf(url: string): Target {
  try {
    if (!/^postgres(ql)?:$/.test(new URL(url).protocol)) throw new TypeError('not a postgres URL')
    const { host, port, user, database } = new pg.Client({ connectionString: url })
    return {
      place: host.startsWith('/') ? host : `${host}:${port}`,
      user: user ?? 'unknown',
      database: database ?? 'unknown',
    }
  } catch {
    // Neither the URL nor the parser's error is shown: both may carry the password.
    throw new DatabaseRefusedError(
      'DATABASE_URL_INVALID',
      'DATABASE_URL is not a Postgres URL; write it as postgres://user:password@host:port/database, ' +
        'with special characters of the password percent-encoded.',
    )
  }
}

/** One connection outside the pool, so that a refusal is known before anything else is built. */
async function checkServer(
  options: Pick<SchemaOptions, 'url' | 'applicationName'>,
  target: Target,
): Promise<void> {
  const givingUpAt = Date.now() + STARTING_UP_TIMEOUT_MS
  for (;;) {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    })
    client.on('error', ignoreLostConnection)
    try {
      await client.connect()
      const { rows } = await client.query<{ server_version_num: string }>('show server_version_num')
      const refusal = refusalOfVersion(Number(rows[0]?.server_version_num))
      if (refusal) throw refusal
      return
    } catch (error) {
      // A server that is starting or recovering from a crash says so, and is worth waiting for.
      if (codeOf(error) !== CANNOT_CONNECT_NOW || Date.now() > givingUpAt) throw refusalOf(error, target)
      await delay(STARTING_UP_POLL_MS)
    } finally {
      await client.end().catch(ignoreLostConnection)
    }
  }
}

/** Connections of their own, for statements that must not wait for one behind others. */
export function openPool(options: PoolOptions): pg.Pool {
  const { statementTimeoutMs, settings = {} } = options
  const set = Object.entries(settings).map(([name, value]) => `set ${name} = ${value}`)
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.poolMax,
    // Not as options of the connection: poolers refuse those that they do not know.
    ...(set.length > 0 && {
      verify: (client, done) =>
        client.query(set.join('; '), (error: Error | null) => done(error ?? undefined)),
    }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    ...(statementTimeoutMs !== undefined && {
      statement_timeout: statementTimeoutMs,
      stream: () => socketThatEnds(statementTimeoutMs + WAY_MS),
    }),
    keepAlive: true,
  })
  // Postgres may be killed under us. The pool replaces lost connections and the query under way
  // rejects; but an 'error' event that nobody hears, idle or in use, would end this process.
  pool.on('error', ignoreLostConnection)
  pool.on('connect', (client) => client.on('error', ignoreLostConnection))
  return pool
}

function ignoreLostConnection(): void {}

/**
 * A server that froze, or was cut off, gives no error, and TCP takes a quarter of an hour to find out: until then each
 * connection that it leaves behind would be missing in its pool, and whoever asked on it would wait.
 */
function socketThatEnds(silentMs: number): Socket {
  const socket = new Socket()
  return socket.setTimeout(silentMs, () => socket.destroy(new Error('timeout: Postgres has fallen silent')))
}

/** On connections of its own: a migration takes as long as it takes. */
async function migrate(
  { url, applicationName, ...options }: MigrateOptions,
  target: Target,
): Promise<readonly string[]> {
  const settings = { lock_timeout: MIGRATION_LOCK_TIMEOUT }
  const pool = openPool({ url, applicationName, poolMax: 1, settings })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    return await migrateOn(db, options, target)
  } finally {
    await db.destroy()
  }
}

async function migrateOn(
  db: Kysely<unknown>,
  options: Pick<SchemaOptions, 'migrations' | 'schema'>,
  target: Target,
): Promise<readonly string[]> {
  const provider = migrationsIn(options.migrations)
  const migrator = new Migrator({ db, provider, migrationTableSchema: options.schema })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error === undefined) return results.map(({ migrationName }) => migrationName)
  // Asked only after a failure: a newer Skald may have migrated between a check and our own run.
  const unknown = await unknownMigration(migrator, db, options.schema).catch(() => undefined)
  if (unknown !== undefined) {
    throw new DatabaseRefusedError(
      'SCHEMA_NEWER',
      `Schema "${options.schema}" of database "${target.database}" was migrated by a newer Skald ` +
        `(${unknown} is not known here); run that version, or use another database.`,
    )
  }
  if (codeOf(error) === FORBIDDEN) {
    const isShut = await isSchemaShut(db, options.schema).catch(() => false)
    throw forbidden({ schema: options.schema, target, cause: error, isShut })
  }
  if (codeOf(error) === LOCK_NOT_AVAILABLE) {
    throw new DatabaseRefusedError(
      'SCHEMA_IN_USE',
      `Schema "${options.schema}" of database "${target.database}" can not be migrated while something else holds ` +
        'its tables (a dump, a report, another migration); wait for its end, and try again.',
      { cause: error },
    )
  }
  throw isConnectionTrouble(error) ? refusalOf(error, target) : error
}

interface Forbidden {
  readonly schema: string
  readonly target: Target
  readonly cause: unknown
  readonly isShut: boolean
}

/** A service whose role may only use its schema starts when there is nothing to migrate, and else says who can. */
function forbidden({ schema, target, cause, isShut }: Forbidden): DatabaseRefusedError {
  const how = '"skald migrate --schemas --roles" of this version with the DATABASE_URL of its owner'
  if (isShut) {
    return new DatabaseRefusedError(
      'DATABASE_FORBIDDEN',
      `User "${target.user}" has no right to schema "${schema}" of database "${target.database}"; correct ` +
        `the user in DATABASE_URL, or give each service its role by ${how}.`,
      { cause },
    )
  }
  return new DatabaseRefusedError(
    'SCHEMA_BEHIND',
    `Schema "${schema}" of database "${target.database}" is not ready for this version of Skald, and user ` +
      `"${target.user}" may not migrate it; run ${how}.`,
    { cause },
  )
}

/** Whether it is there and may not be looked into: then it is another role's, and no migration helps. */
async function isSchemaShut(db: Kysely<unknown>, schema: string): Promise<boolean> {
  const { rows } = await sql<{ is_shut: boolean }>`
    select not has_schema_privilege(oid, 'usage') as is_shut from pg_namespace where nspname = ${schema}
  `.execute(db)
  return rows[0]?.is_shut === true
}

/** The name of a migration that was executed on this database and that this code does not have. */
async function unknownMigration(
  migrator: Migrator,
  db: Kysely<unknown>,
  schema: string,
): Promise<string | undefined> {
  const known = new Set((await migrator.getMigrations()).map(({ name }) => name))
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.id(schema, 'kysely_migration')} order by name
  `.execute(db)
  return rows.find(({ name }) => !known.has(name))?.name
}

const MIGRATION_FILE = /^(\d{4}_[a-z0-9_]+)\.ts$/

/** Unlike Kysely's own provider it passes over tests that lie beside the migrations. */
function migrationsIn(folder: URL): MigrationProvider {
  return {
    async getMigrations() {
      const migrations: Record<string, Migration> = {}
      for (const file of await readdir(folder)) {
        const name = MIGRATION_FILE.exec(file)?.[1]
        if (name === undefined) continue
        const module: unknown = await import(new URL(file, folder).href)
        if (!isMigration(module)) throw new TypeError(`Migration ${file} does not export a function up(db)`)
        migrations[name] = module
      }
      return migrations
    },
  }
}

function isMigration(module: unknown): module is Migration {
  return typeof module === 'object' && module !== null && 'up' in module && typeof module.up === 'function'
}

function refusalOf(error: unknown, { place, user, database }: Target): unknown {
  if (error instanceof DatabaseRefusedError) return error
  const refuse = (code: DatabaseRefusal, message: string) =>
    new DatabaseRefusedError(code, message, { cause: error })
  const sqlState = codeOf(error)
  if (sqlState === '28P01' || sqlState === '28000') {
    const advice = 'check user and password in DATABASE_URL'
    return refuse(
      'DATABASE_LOGIN_REFUSED',
      `Postgres at ${place} refused the login of user "${user}"; ${advice}.`,
    )
  }
  if (sqlState === '3D000') {
    const advice = 'create it, or correct the name in DATABASE_URL'
    return refuse('DATABASE_MISSING', `Database "${database}" does not exist on ${place}; ${advice}.`)
  }
  if (sqlState === '53300') {
    const advice = 'raise max_connections or stop other clients'
    return refuse('DATABASE_BUSY', `Postgres at ${place} has no free connection; ${advice}.`)
  }
  if (sqlState === FORBIDDEN) {
    const advice = 'grant it CONNECT on that database'
    return refuse('DATABASE_FORBIDDEN', `User "${user}" may not connect to "${database}"; ${advice}.`)
  }
  if (!isConnectionTrouble(error)) return error
  const advice = 'start it, or correct host and port in DATABASE_URL'
  return refuse('DATABASE_UNREACHABLE', `Postgres cannot be reached at ${place}; ${advice}.`)
}

/**
 * Whether the error says that Postgres could not be reached, went away, or is shutting down or
 * starting: worth trying again later. What was under way may or may not have been committed.
 */
export function isConnectionTrouble(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionTrouble)
  if (!(error instanceof Error)) return false
  // Errors of the socket carry the system call that failed.
  if ('syscall' in error) return /^(connect|getaddrinfo|read|write)$/.test(String(error.syscall))
  const code = codeOf(error)
  // pg reports a timeout, a server that hangs up and a refused TLS handshake without any code.
  if (code === undefined) return /connect|timeout|SSL/i.test(error.message)
  return LOST_CONNECTION.test(code)
}

// Class 08, the three shutdowns, "too many connections", and a transaction ended for its idleness.
const LOST_CONNECTION = /^(08\w{3}|57P0[123]|53300|25P03)$/

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
