// The database that is audited: read as it is, never migrated.
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { checkDatabase, DatabaseRefusedError, isConnectionTrouble } from '../../../migrations/database.ts'
import { readUpConfig, type Environment } from '../../config.ts'
import { OperatorError } from '../operator-error.ts'
import { findRunningPostgres } from '../up/embedded-postgres.ts'

const APPLICATION_NAME = 'skald audit'

/** That of DATABASE_URL, or of the `skald up` that runs. Throws an OperatorError or a ConfigError. */
export async function findDatabase(env: Environment): Promise<string> {
  const { DATABASE_URL, SKALD_HOME } = readUpConfig(env)
  const url = DATABASE_URL ?? (await findRunningPostgres({ home: SKALD_HOME, log: () => undefined }))
  if (url !== undefined) return url
  throw new OperatorError(
    `No Skald runs on SKALD_HOME (${SKALD_HOME}): start it by "npm start" in another terminal, or set DATABASE_URL.`,
  )
}

/** Runs `read` on the database, and closes it. Throws an OperatorError if it can't be read. */
export async function withDatabase<Value>(
  url: string,
  read: (db: Kysely<unknown>) => Promise<Value>,
): Promise<Value> {
  const pool = new pg.Pool({ connectionString: url, application_name: APPLICATION_NAME, max: 1 })
  pool.on('error', ignoreLostConnection)
  pool.on('connect', (client) => client.on('error', ignoreLostConnection))
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    await checkDatabase({ url, applicationName: APPLICATION_NAME })
    return await read(db)
  } catch (error) {
    throw asOperatorError(error)
  } finally {
    await db.destroy()
  }
}

/** The query under way rejects; the event itself, unheard, would end the process. */
const ignoreLostConnection = () => undefined

const NOT_THERE = new Set(['3F000', '42P01', '42703'])
const FORBIDDEN = '42501'

/** An error of the database as a sentence, where it is the operator who can mend it. */
export function asOperatorError(error: unknown): unknown {
  if (error instanceof DatabaseRefusedError) return new OperatorError(error.message, { cause: error })
  const { code = '', message = '' } = Object(error) as { code?: string; message?: string }
  if (NOT_THERE.has(code))
    return new OperatorError(
      `This is no database of this version of Skald (${message}): correct DATABASE_URL, or start this version on it once.`,
    )
  if (code === FORBIDDEN)
    return new OperatorError(`The user of DATABASE_URL lacks a right for this (${message}): grant it.`)
  if (isConnectionTrouble(error)) return new OperatorError(`Postgres went away (${message}): try again.`)
  return error
}
