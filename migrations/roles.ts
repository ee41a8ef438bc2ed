/**
 * One login role for each service, with rights to its own schema only: it reads and writes rows, and makes nothing.
 *
 * One transaction makes or mends them all, so whoever is connected under them never misses a right, and a process that
 * dies at any line leaves the roles as they were.
 */
import pg from 'pg'
import { DatabaseRefusedError } from './database.ts'
import { SCHEMAS, type SchemaName } from './schemas.ts'
import { scramVerifierOf } from './scram.ts'

/** Written in full, for it is what people grep for. */
export const ROLES: Readonly<Record<SchemaName, string>> = {
  orchestrator: 'skald_orchestrator',
  carts: 'skald_carts',
  stocks: 'skald_stocks',
  produits: 'skald_produits',
}

export interface GrantRolesOptions {
  /** Of the owner of the schemas, who may make roles. */
  readonly url: string
  readonly applicationName: string
  /** Printable ASCII, one for each. */
  readonly passwords: Readonly<Record<SchemaName, string>>
}

/** Resolves with the roles that were made now. Throws DatabaseRefusedError for an operator's mistake. */
export async function grantRoles({ url, applicationName, passwords }: GrantRolesOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('begin')
    // Roles are of the whole cluster: two runs at once would both find none.
    await client.query(`select pg_advisory_xact_lock(hashtext('skald roles'))`)
    const made: string[] = []
    for (const schema of SCHEMAS) {
      const role = ROLES[schema]
      if (await makeRole(client, role)) made.push(role)
      await client.query(`alter role ${role} login password '${scramVerifierOf(passwords[schema])}'`)
      for (const statement of grants(schema, role)) await client.query(statement)
    }
    await client.query('commit')
    return made
  } catch (error) {
    throw refusalOf(error)
  } finally {
    await client.end()
  }
}

/** Whether it was not there before. One that may more than a service needs is no wall around its schema: refused. */
async function makeRole(client: pg.Client, role: string): Promise<boolean> {
  const { rows } = await client.query<{ more: string | null }>(MORE_THAN_A_SERVICE, [role])
  const [found] = rows
  if (found === undefined) {
    await client.query(`create role ${role}`)
    return true
  }
  if (found.more === null) return false
  throw new DatabaseRefusedError(
    'ROLE_TOO_MIGHTY',
    `Role ${role} ${found.more}, which is more than a service may: take that from it, or drop the role and run this again.`,
  )
}

const MORE_THAN_A_SERVICE = `
  select case
    when rolsuper then 'is a superuser'
    when rolcreaterole then 'may make roles'
    when rolcreatedb then 'may make databases'
    when rolreplication then 'may replicate'
    when rolbypassrls then 'passes by row security'
    when exists (select from pg_auth_members where member = role.oid) then 'is a member of another role'
    when exists (
      select from pg_shdepend d join pg_database b on b.oid = d.dbid and b.datname = current_database()
      where d.refclassid = 'pg_authid'::regclass and d.refobjid = role.oid and d.deptype = 'o'
    ) then 'owns something in this database'
  end as more
  from pg_roles role where rolname = $1`

/** Taken first and given then, so that what an earlier version gave, or a person, does not stay. */
function grants(schema: SchemaName, role: string): string[] {
  const others = SCHEMAS.filter((other) => other !== schema)
  return [
    ...SCHEMAS.map((any) => `revoke all on schema ${any} from ${role}`),
    ...others.map((other) => `revoke all on all tables in schema ${other} from ${role}`),
    `grant usage on schema ${schema} to ${role}`,
    `revoke all on all tables in schema ${schema} from ${role}`,
    `grant select, insert, update, delete on all tables in schema ${schema} to ${role}`,
    // What was migrated is read at every start, and written by the owner alone.
    `revoke insert, update, delete on ${schema}.kysely_migration, ${schema}.kysely_migration_lock from ${role}`,
    `grant usage, select on all sequences in schema ${schema} to ${role}`,
    // Of tables that a later migration makes: a process that was there before it goes on.
    `alter default privileges in schema ${schema} grant select, insert, update, delete on tables to ${role}`,
    `alter default privileges in schema ${schema} grant usage, select on sequences to ${role}`,
  ]
}

const FORBIDDEN = '42501'

function refusalOf(error: unknown): unknown {
  const { code, message } = Object(error) as { code?: string; message?: string }
  if (code !== FORBIDDEN || error instanceof DatabaseRefusedError) return error
  return new DatabaseRefusedError(
    'ROLES_FORBIDDEN',
    `The user of DATABASE_URL may not make these roles (${message}): it must own the schemas and have CREATEROLE.`,
    { cause: error },
  )
}
