// `skald migrate --schemas --roles`: each service under a role of its own, which may use its own schema and no more.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openSchema } from '../../migrations/database.ts'
import { grantRoles, ROLES } from '../../migrations/roles.ts'
import { migrateSchemas, SCHEMAS, type SchemaName } from '../../migrations/schemas.ts'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { startOrchestratorAt } from '../kit/orchestrators.ts'
import { ask, startOwnPostgres } from '../kit/own-postgres.ts'
import { startParticipant } from '../kit/running-participant.ts'
import { PRODUIT, Shop } from '../kit/shop.ts'
import { startSkald } from '../kit/skald-command.ts'
import { findingsIn } from './shop-at.ts'

const { url, home } = await startOwnPostgres(t)
const passwords = await mkdtemp(join(tmpdir(), 'skald-passwords-'))
t.teardown(() => rm(passwords, { recursive: true }))
const passwordOf = (schema: SchemaName) => `pass:word/${schema}`
for (const schema of SCHEMAS) await writeFile(join(passwords, ROLES[schema]), `${passwordOf(schema)}\n`)

const migrate = async (args: string[], settings: Record<string, string> = {}) =>
  startSkald(t, ['migrate', ...args], { DATABASE_URL: url, ROLE_PASSWORDS_DIR: passwords, ...settings })
    .outcome

/** As a service reaches the database. */
function urlOf(schema: SchemaName, password = passwordOf(schema)): string {
  const { href } = Object.assign(new URL(url), {
    username: ROLES[schema],
    password: encodeURIComponent(password),
  })
  return href
}

const grant = (database = url) =>
  grantRoles({
    url: database,
    applicationName: 'test',
    passwords: { orchestrator: 'o', carts: 'c', stocks: 's', produits: 'p' },
  })

t.test('the database is made ready by one command, and again without harm', async (t) => {
  // The server writes every statement that it is given into its log, as many a server does.
  await ask(url, `alter system set log_statement = 'all'`)
  await ask(url, 'select pg_reload_conf()')
  const first = await migrate(['--schemas', '--roles'])
  t.match(first, { code: 0, stderr: '' })
  t.match(first.stdout, /orchestrator +migrated: 0001_journal, /)
  t.match(first.stdout, /role skald_carts made: rights to schema carts only/)
  const again = await migrate(['--roles', '--json'])
  t.equal(again.code, 0)
  t.strictSame(JSON.parse(again.stdout), {
    schemas: SCHEMAS.map((schema) => ({ schema, migrations: [] })),
    transitions_of_another_cluster: 0,
    roles: { made: [] },
    distributed: null,
  })
  const log = await readFile(join(home, 'postgres', 'daemon.log'), 'utf8')
  t.match(log, /alter role skald_carts/)
  t.notMatch(log, /pass:word/, 'no password reaches the log of the server')
})

t.test('an order runs with each service under its role', async (t) => {
  const [at, from, of] = [
    await startParticipant(t, carts, urlOf('carts')),
    await startParticipant(t, stocks, urlOf('stocks')),
    await startParticipant(t, produits, urlOf('produits')),
  ]
  const addresses = { carts: at.url, stocks: from.url, produits: of.url }
  const orchestrator = await startOrchestratorAt(t, {
    databaseUrl: urlOf('orchestrator'),
    name: 'under its role',
    settings: { CARTS_URL: at.url, STOCKS_URL: from.url, PRODUITS_URL: of.url },
  })
  const shop = new Shop(() => ({ ...addresses, orchestrator: orchestrator.url }))
  await shop.setStock(5)
  t.match(await shop.order(await shop.cart(2), { key: 'once' }), { status: 201 })
  t.match(await shop.order(await shop.cart(9)), { status: 409 }, 'refused, and undone')
  t.equal(await shop.stock(PRODUIT), 3)
  for (const path of ['sagas?status=failed', 'transitions', 'counts', 'machines', 'bulk'])
    t.match(await orchestrator.get(`/api/${path}`), { status: 200 }, path)
})

t.test('a role reads and writes its own schema, and makes nothing', async (t) => {
  for (const schema of SCHEMAS) {
    const mine = urlOf(schema)
    for (const other of SCHEMAS.filter((other) => other !== schema)) {
      const table = `${other}.kysely_migration`
      await t.rejects(ask(mine, `select from ${table}`), { code: '42501' }, `${schema} reads ${other}`)
    }
    for (const statement of [
      `create table ${schema}.mine ()`,
      'create table public.mine ()',
      'create schema mine',
      'create role mine',
      `insert into ${schema}.kysely_migration values ('9999_mine', '')`,
      `drop table ${schema}.kysely_migration_lock`,
      `copy ${schema}.kysely_migration to program 'true'`,
    ])
      await t.rejects(ask(mine, statement), { code: '42501' }, `${schema}: ${statement}`)
  }
  await t.rejects(ask(urlOf('carts', 'wrong'), 'select'), { code: '28P01' })
})

t.test('an audit takes a role that reads everything, and writes nothing', async (t) => {
  await ask(url, `create role auditor login password 'auditor' in role pg_read_all_data`)
  const auditor = Object.assign(new URL(url), { username: 'auditor', password: 'auditor' })
  t.strictSame(await findingsIn(auditor.href), [])
})

t.test('a table that a later migration makes is theirs to use at once', async (t) => {
  await ask(url, 'create table stocks.later (id bigint generated always as identity, name text)')
  t.match(await ask(urlOf('stocks'), `insert into stocks.later (name) values ('x') returning id`), [
    { id: '1' },
  ])
  await t.rejects(ask(urlOf('carts'), 'select from stocks.later'), { code: '42501' })
})

const open = (schema: SchemaName, as = schema) =>
  openSchema({
    url: urlOf(as),
    schema,
    migrations: new URL(`../../migrations/${schema}/`, import.meta.url),
    poolMax: 1,
    applicationName: 'test',
  })

t.test('a service under the role of another is told so, for no migration would help', async (t) => {
  await t.rejects(open('stocks', 'carts'), {
    code: 'DATABASE_FORBIDDEN',
    message:
      /^User "skald_carts" has no right to schema "stocks" .*; correct the user in DATABASE_URL, .*\.$/,
  })
})

t.test('a service whose schema is behind is refused, with the command that helps', async (t) => {
  await (await open('produits')).close()
  const [last] = await ask<{ name: string }>(
    url,
    `delete from produits.kysely_migration where name = (select max(name) from produits.kysely_migration) returning name`,
  )
  await t.rejects(open('produits'), {
    code: 'SCHEMA_BEHIND',
    message: /^Schema "produits" .*"skald_produits".*run "skald migrate --schemas --roles".*\.$/,
  })
  await ask(url, `insert into produits.kysely_migration values ($1, '2026-01-01T00:00:00.000Z')`, [
    last?.name,
  ])
  await (await open('produits')).close()
})

t.test('another password is taken, and what somebody gave besides is taken back', async (t) => {
  await ask(
    url,
    'grant usage on schema carts to skald_stocks; grant select on all tables in schema carts to skald_stocks',
  )
  t.strictSame(await grant(), [])
  await t.rejects(ask(urlOf('carts'), 'select'), { code: '28P01' })
  await ask(urlOf('carts', 'c'), 'select')
  await t.rejects(ask(urlOf('stocks', 's'), 'select from carts.cart'), { code: '42501' })
})

t.test('a role that may more than a service is refused, and nothing is changed', async (t) => {
  const mightier: [gives: string, takes: string, told: RegExp][] = [
    ['alter role skald_carts superuser', 'alter role skald_carts nosuperuser', /is a superuser/],
    ['grant pg_read_all_data to skald_carts', 'revoke pg_read_all_data from skald_carts', /is a member/],
    ['create schema c authorization skald_carts', 'drop schema c', /owns something/],
  ]
  for (const [gives, takes, told] of mightier) {
    await ask(url, gives)
    const refused = { code: 'ROLE_TOO_MIGHTY', message: /^Role skald_carts .*more than a service may: .*\.$/ }
    await t.rejects(grant(), refused)
    await t.rejects(grant(), told)
    await ask(url, takes)
  }
  await ask(urlOf('orchestrator', 'o'), 'select')
})

t.test('an owner who may not make roles is told so', async (t) => {
  await ask(url, `create role landlord login password 'landlord'`)
  await ask(url, 'create database estate owner landlord')
  const estate = Object.assign(new URL(url), {
    username: 'landlord',
    password: 'landlord',
    pathname: '/estate',
  })
  await migrateSchemas({ url: estate.href, applicationName: 'test' })
  const told = /^The user of DATABASE_URL may not make these roles .*CREATEROLE\.$/
  await t.rejects(grant(estate.href), { code: 'ROLES_FORBIDDEN', message: told })
  await ask(
    url,
    'alter role landlord createrole; drop owned by skald_carts, skald_stocks, skald_produits, skald_orchestrator',
  )
  await ask(url, `drop role ${Object.values(ROLES).join(', ')}`)
  t.strictSame(await grant(estate.href), Object.values(ROLES), 'no superuser is needed')
  t.strictSame(await grant(estate.href), [])
})

t.test('passwords that can not be had are told all at once, and none is shown', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'skald-passwords-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, ROLES.carts), 'schlüssel')
  const { code, stdout, stderr } = await migrate(['--roles'], { ROLE_PASSWORDS_DIR: folder })
  t.match({ code, stdout }, { code: 2, stdout: '' })
  t.match(stderr, /password of skald_orchestrator can not be read from .*\(ENOENT\)/)
  t.match(stderr, /password of skald_carts in .* of ASCII/)
  t.notMatch(stderr, /schlüssel/)
})

t.test('sagas and the database are migrated apart', async (t) => {
  t.match(await migrate(['--schemas', '--to', '2']), { code: 2, stderr: /cannot be used with/ })
  t.match(await migrate(['a-saga', '--to', '2']), { code: 2, stderr: /required option .*--reason/ })
})
