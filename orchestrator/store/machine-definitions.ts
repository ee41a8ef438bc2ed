/**
 * What machines look like, also those that this process does not have: sagas of a version that left the registry, or
 * that only a newer release has, are still shown on their own chart. Every orchestrator adds its own at its start.
 *
 * If the process dies at any line here, its definitions are kept all together or not at all, and the next start adds
 * them again.
 */
import { sql, type Kysely } from 'kysely'
import type { Definition } from '../../machines/lock.ts'
import type { OrchestratorDatabase } from './schema.ts'

/** As JSON, which is passed on as it is. */
export interface KeptDefinition {
  readonly hash: string
  readonly definition: string
}

export class MachineDefinitions {
  readonly #db: Kysely<OrchestratorDatabase>

  constructor(db: Kysely<OrchestratorDatabase>) {
    this.#db = db
  }

  /** What is known already stays as it is: a hash tells all that there is to a machine. */
  async add(definitions: readonly Definition[]): Promise<void> {
    const column = (of: (definition: Definition) => string) => definitions.map(of)
    await sql`
      insert into orchestrator.machine_definition (machine, version, hash, definition)
      select * from unnest(
        ${column(({ id }) => id)}::text[], ${column(({ version }) => version)}::text[],
        ${column(({ hash }) => hash)}::text[], ${column((definition) => JSON.stringify(definition))}::json[]
      )
      on conflict on constraint machine_definition_pkey do nothing
    `.execute(this.#db)
  }

  /** The one that came last, if there are several. */
  async find(machine: string, version: string): Promise<KeptDefinition | undefined> {
    // No text of Postgres has it, and a query with it is an error.
    if (machine.includes('\0') || version.includes('\0')) return undefined
    return await this.#db
      .selectFrom('machine_definition')
      .select(['hash', sql<string>`definition::text`.as('definition')])
      .where('machine', '=', machine)
      .where('version', '=', version)
      .orderBy('first_seen_at', 'desc')
      .orderBy('hash')
      .limit(1)
      .executeTakeFirst()
  }
}
