// `skald migrate --distribute`. No Citus is to be had here: what the schema must be for it is read from the catalogue,
// and what it would be told is written down by functions of the same names.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { distribute, SPREADS } from '../../migrations/distribute.ts'
import { migrateSchemas } from '../../migrations/schemas.ts'
import { freshDatabase } from '../kit/database.ts'
import { ask } from '../kit/own-postgres.ts'
import { startSkald } from '../kit/skald-command.ts'

const root = join(import.meta.dirname, '../..')
const applicationName = 'test'

async function migrated(t: Pick<Test, 'teardown'>): Promise<string> {
  const { url } = await freshDatabase(t)
  await migrateSchemas({ url, applicationName })
  return url
}

/** As far as the command can tell, this database has Citus. */
async function standInForCitus(url: string): Promise<void> {
  await ask(
    url,
    `set allow_system_table_mods = on;
     insert into pg_extension values
       (99999, 'citus', 10, 'public'::regnamespace, false, '13.2-1', null, null);
     create table pg_dist_partition (logicalrelid regclass, partkey text, colocated text);
     create table pg_dist_node (shouldhaveshards boolean, noderole text);
     insert into pg_dist_node values (true, 'primary');
     create function create_distributed_table(name regclass, key text, colocate_with text) returns void
       begin atomic insert into pg_dist_partition values (name, key, colocate_with); end;
     create function create_reference_table(name regclass) returns void
       begin atomic insert into pg_dist_partition values (name, null, null); end;
     do $$ begin execute format('alter database %I set citus.shard_replication_factor = 1', current_database()); end $$`,
  )
}

const url = await migrated(t)

t.test('every table of the orchestrator is spread somehow', async (t) => {
  const tables = await ask<{ name: string }>(
    url,
    `select relname as name from pg_class
     where relnamespace = 'orchestrator'::regnamespace and relkind in ('r', 'p') and relname !~ '^kysely_'`,
  )
  t.strictSame(new Set(tables.map(({ name }) => name)), new Set(Object.keys(SPREADS)))
})

t.test('what is unique is unique on one node', async (t) => {
  for (const [table, how] of Object.entries(SPREADS)) {
    if (how === 'everywhere') continue
    const lacking = await ask(
      url,
      `select indexrelid::regclass from pg_index i
       where indrelid = ('orchestrator.' || $1)::regclass and indisunique and not exists (
         select from pg_attribute a
         where a.attrelid = i.indrelid and a.attname = $2 and a.attnum = any(i.indkey)
       )`,
      [table, how.by],
    )
    t.strictSame(lacking, [], table)
  }
})

t.test('rows that refer to others find them on their own node', async (t) => {
  const references = await ask<{ from: string; to: string }>(
    url,
    `select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint
     where contype = 'f' and connamespace = 'orchestrator'::regnamespace`,
  )
  for (const { from, to } of references)
    t.equal(SPREADS[to.replace('orchestrator.', '')], 'everywhere', `${from} refers to ${to}`)
  const typeOf = async (table: string, column: string) => {
    const type = `select atttypid::regtype::text as type from pg_attribute
      where attrelid = ('orchestrator.' || $1)::regclass and attname = $2`
    return (await ask<{ type: string }>(url, type, [table, column]))[0]?.type
  }
  for (const [table, how] of Object.entries(SPREADS)) {
    if (how === 'everywhere' || how.with === undefined) continue
    const other = SPREADS[how.with]
    if (other === undefined || other === 'everywhere') throw new Error(`${table} is placed with ${how.with}`)
    t.equal(await typeOf(table, how.by), await typeOf(how.with, other.by), `${table} lies with ${how.with}`)
  }
})

const command = async (args: string[]) =>
  startSkald(t, ['migrate', '--distribute', ...args], { DATABASE_URL: url }).outcome

t.test('what stands in the way is told, and nothing is spread', async (t) => {
  const refused = async (message: RegExp) => {
    await t.rejects(distribute({ url, applicationName }), { code: 'NOT_DISTRIBUTABLE', message })
  }
  await refused(/^This database has no Citus: .*\.$/)
  t.match(await command([]), { code: 2, stdout: '', stderr: /^This database has no Citus: / })
  await standInForCitus(url)
  await ask(url, `insert into orchestrator.member values ('1', 'alive', '{}', now() + interval '1 minute')`)
  await refused(/^Orchestrators run on this database \(alive\); stop them all first\.$/)
  await ask(url, 'delete from orchestrator.member')
  await ask(url, 'delete from pg_dist_node')
  await refused(/^No node of this cluster takes shards; .*\.$/)
  await ask(url, `update pg_extension set extversion = '11.3-1' where extname = 'citus'`)
  await refused(/^The Citus of this database is version 11\.3-1; .*\.$/)
  t.strictSame(await ask(url, 'select from pg_dist_partition'), [])
  await ask(url, `update pg_extension set extversion = '13.2-1' where extname = 'citus'`)
  await ask(url, `insert into pg_dist_node values (true, 'primary')`)
})

t.test('tables are spread once, if that is meant, those that others are placed with first', async (t) => {
  t.match(await command([]), {
    code: 2,
    stdout: '',
    stderr: /can not run .*Nobody has tried it; docs\/database\.md.*Add --yes/,
  })
  t.strictSame(await ask(url, 'select from pg_dist_partition'), [])
  t.match(await command(['--yes']), { code: 0, stdout: /spread: saga, partition, transition, / })
  const told = await ask(
    url,
    `select logicalrelid::text as name, partkey, colocated from pg_dist_partition where partkey is not null`,
  )
  t.match(told[0], { name: 'orchestrator.saga', partkey: 'partition', colocated: 'none' })
  t.match(told[2], { name: 'orchestrator.transition', partkey: 'partition', colocated: 'orchestrator.saga' })
  t.strictSame(await distribute({ url, applicationName }), [], 'a second run finds nothing to do')
  await ask(url, `delete from pg_dist_partition where logicalrelid = 'orchestrator.inbox'::regclass`)
  t.strictSame(await distribute({ url, applicationName }), ['inbox'], 'a new table is spread later')
})

t.test('the docs tell of every file with statements how it fares on spread tables', async (t) => {
  const told = await readFile(join(root, 'docs/database.md'), 'utf8')
  const store = join(root, 'orchestrator/store')
  for (const file of await readdir(store)) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
    const text = await readFile(join(store, file), 'utf8')
    const hasStatements =
      /\b(from|into|update|join) orchestrator\.|\.(selectFrom|insertInto|updateTable|deleteFrom)\(/.test(text)
    if (hasStatements) t.match(told, `\`${file.replace('.ts', '')}\``, file)
  }
})
