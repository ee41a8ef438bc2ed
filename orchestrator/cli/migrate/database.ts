// `skald migrate --schemas`: brings the database to this version of Skald, before the processes that use it start. What
// it does it may do again: whatever is as it should be is left alone.
import { checkDatabase } from '../../../migrations/database.ts'
import { checkDistributable, distribute } from '../../../migrations/distribute.ts'
import { forgetForeignHistory } from '../../../migrations/foreign-history.ts'
import { grantRoles, ROLES } from '../../../migrations/roles.ts'
import { migrateSchemas, type MigratedSchema } from '../../../migrations/schemas.ts'
import type { Environment } from '../../config.ts'
import { asOperatorError, findDatabase } from '../audit/open-database.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { OperatorError } from '../operator-error.ts'
import { jsonOf } from '../terminal/plain.ts'
import { paint, print } from '../terminal/screen.ts'
import { readPasswords } from './passwords.ts'

export interface DatabaseOptions {
  readonly schemas?: boolean
  readonly roles?: boolean
  readonly distribute?: boolean
  readonly yes?: boolean
  readonly rolesPasswordsDir?: string
}

export interface MigrateDatabase {
  readonly env: Environment
  readonly options: DatabaseOptions
  readonly json: boolean
}

const APPLICATION_NAME = 'skald migrate'

const UNPROVEN =
  'By what Citus says of itself, this version of Skald can not run on tables that Citus has spread: it refuses the locks ' +
  'over several partitions that leases and commits take, the read of the sagas to resume, lists and counts, and the feed ' +
  'of transitions would miss some. Nobody has tried it; docs/database.md has the list. Add --yes to spread them all the same.'

/** Throws an OperatorError or a ConfigError for what the operator has to mend. */
export async function migrateDatabase({ env, options, json }: MigrateDatabase): Promise<ExitCode> {
  // Looked at first: a mistake of the operator leaves the database as it was.
  const passwords = options.roles ? await readPasswords(folderOf(options)) : undefined
  const url = await findDatabase(env)
  const target = { url, applicationName: APPLICATION_NAME }
  try {
    await checkDatabase(target)
    if (options.distribute) {
      await checkDistributable(target)
      if (!options.yes) throw new OperatorError(UNPROVEN)
    }
    const schemas = await migrateSchemas(target)
    const foreign = await forgetForeignHistory(target)
    const made = passwords && (await grantRoles({ ...target, passwords }))
    const spread = options.distribute ? await distribute(target) : undefined
    if (json)
      print(
        jsonOf({
          schemas,
          transitions_of_another_cluster: foreign,
          roles: made === undefined ? null : { made },
          distributed: spread ?? null,
        }),
      )
    else print(...schemas.map(lineOf), ...foreignTold(foreign), ...rolesTold(made), ...spreadTold(spread))
    return EXIT.ok
  } catch (error) {
    throw asOperatorError(error)
  }
}

function folderOf({ rolesPasswordsDir }: DatabaseOptions): string {
  if (rolesPasswordsDir) return rolesPasswordsDir
  throw new OperatorError(
    `Where are the passwords? Name a folder by --roles-passwords-dir or ROLE_PASSWORDS_DIR, with the files ${Object.values(ROLES).join(', ')}.`,
  )
}

function lineOf({ schema, migrations }: MigratedSchema): string {
  const told = migrations.length === 0 ? 'up to date' : `migrated: ${migrations.join(', ')}`
  return `${paint('green', '✓')} ${schema.padEnd(12)}  ${told}`
}

function spreadTold(tables: readonly string[] | undefined): string[] {
  if (tables === undefined) return []
  const told = tables.length === 0 ? 'all tables were spread already' : `spread: ${tables.join(', ')}`
  return [`${paint('green', '✓')} orchestrator  ${told}`]
}

function foreignTold(transitions: number): string[] {
  if (transitions === 0) return []
  const count = transitions.toLocaleString('en')
  return [
    `${paint('green', '✓')} ${count} transitions came in a dump of another cluster: the feed will not tell them`,
  ]
}

function rolesTold(made: readonly string[] | undefined): string[] {
  if (made === undefined) return []
  return Object.entries(ROLES).map(([schema, role]) => {
    const told = made.includes(role) ? 'made' : 'brought up to date'
    return `${paint('green', '✓')} role ${role} ${told}: rights to schema ${schema} only`
  })
}
