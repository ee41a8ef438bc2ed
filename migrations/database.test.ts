import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { once } from 'node:events'
import { sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import type { Test } from 'tap'
import { freshDatabase } from '../test/kit/database.ts'
import { lossyPath } from '../test/kit/lossy-path.ts'
import { until } from '../test/kit/until.ts'
import { DatabaseRefusedError, isConnectionTrouble, openSchema, refusalOfVersion } from './database.ts'
import type { SchemaOptions } from './database.ts'

type Teardown = Pick<Test, 'teardown'>

function optionsFor(url: string | URL, given: Partial<SchemaOptions> = {}): SchemaOptions {
  return {
    url: String(url),
    schema: 'tales',
    migrations: new URL('unused/', import.meta.url),
    poolMax: 2,
    applicationName: 'test',
    ...given,
  }
}

/** A folder with one file for each migration; the text of a file is its SQL. */
async function migrationsOf(t: Teardown, migrations: Record<string, string>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-migrations-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const kysely = import.meta.resolve('kysely')
  for (const [name, statement] of Object.entries(migrations)) {
    const source = `import { sql } from '${kysely}'\nexport const up = (db) => sql\`${statement}\`.execute(db)\n`
    await writeFile(join(folder, `${name}.ts`), source)
  }
  return pathToFileURL(`${folder}/`)
}

/** The error that `work` ends in, which must be an operator's mistake. */
async function refusal(work: Promise<unknown>): Promise<DatabaseRefusedError> {
  const error: unknown = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  if (error instanceof DatabaseRefusedError) return error
  throw error
}

t.test('a schema is created, migrated in order, and named in built queries', async (t) => {
  const { url } = await freshDatabase(t)
  const migrations = await migrationsOf(t, {
    '0001_first': 'create table tales.tale (title text)',
    '0002_second': 'alter table tales.tale add column verses integer',
    'not-a-migration': 'select no_such_function()',
  })
  const { db, close } = await openSchema<{ tale: { title: string; verses: number } }>(
    optionsFor(url, { migrations }),
  )
  t.teardown(close)
  await db.insertInto('tale').values({ title: 'Egil', verses: 60 }).execute()
  const { rows } = await sql`select title, verses from tales.tale`.execute(db)
  t.strictSame(rows, [{ title: 'Egil', verses: 60 }])
})

t.test('the migrations of every participant run, and a second start finds nothing to do', async (t) => {
  const { url } = await freshDatabase(t)
  for (const schema of ['carts', 'stocks', 'produits', 'carts', 'stocks', 'produits']) {
    const migrations = new URL(`${schema}/`, import.meta.url)
    const { pool, close } = await openSchema(optionsFor(url, { schema, migrations }))
    const { rows } = await pool.query(`select name from ${schema}.kysely_migration`)
    const files = (await readdir(migrations)).filter((file) => /^\d{4}_/.test(file))
    t.equal(rows.length, files.length, schema)
    await close()
    await close()
  }
})

t.test('the server ends a statement in time, but never a migration', async (t) => {
  const { url } = await freshDatabase(t)
  const migrations = await migrationsOf(t, {
    '0001_first': `create table tales.met as select current_setting('statement_timeout') as statement_timeout`,
  })
  const { pool, close } = await openSchema(optionsFor(url, { migrations, statementTimeoutMs: 1_234 }))
  t.teardown(close)
  t.match(await pool.query('select * from tales.met'), { rows: [{ statement_timeout: '0' }] })
  t.match(await pool.query('show statement_timeout'), { rows: [{ statement_timeout: '1234ms' }] })
})

t.test('connections that fall silent are given up and replaced', async (t) => {
  const { url } = await freshDatabase(t)
  const path = await lossyPath(t, url)
  const migrations = await migrationsOf(t, { '0001_first': 'create table tales.tale (title text)' })
  const options = optionsFor(path.url, { migrations, statementTimeoutMs: 100 })
  const { db, pool, close } = await openSchema<{ tale: { title: string } }>(options)
  const ask = () => db.selectFrom('tale').selectAll().execute()
  await Promise.all([ask(), ask()])
  t.equal(pool.totalCount, 2)
  path.cut('without a word')
  const fates = await Promise.allSettled([ask(), ask()])
  t.ok(fates.every((fate) => fate.status === 'rejected' && isConnectionTrouble(fate.reason)))
  t.strictSame(await ask(), [])
  path.cut('without a word')
  const last = ask()
  await until('the last one is under way', async () => pool.totalCount > pool.idleCount)
  await Promise.all([t.rejects(last), close()])
})

t.test('processes that start together migrate once', async (t) => {
  const { url } = await freshDatabase(t)
  const migrations = await migrationsOf(t, { '0001_first': 'create table tales.tale (title text)' })
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => openSchema(optionsFor(url, { migrations }))),
  )
  const rows = (await opened[0]?.pool.query('select name from tales.kysely_migration'))?.rows
  t.strictSame(rows, [{ name: '0001_first' }])
  await Promise.all(opened.map(({ close }) => close()))
})

t.test('a migration that fails is thrown as it is, and leaves nothing', async (t) => {
  const { url } = await freshDatabase(t)
  const migrations = await migrationsOf(t, {
    '0001_first': 'create table tales.tale (title text)',
    '0002_second': 'select no_such_function()',
  })
  await t.rejects(openSchema(optionsFor(url, { migrations })), { message: /no_such_function/ })
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query(`select to_regclass('tales.tale') as tale`)
  await client.end()
  t.strictSame(rows, [{ tale: null }], 'the first was rolled back with the second')
})

t.test('a migration does not keep others waiting behind it for long', async (t) => {
  const { url } = await freshDatabase(t)
  const first = { '0001_first': 'create table tales.tale (title text)' }
  const { pool, close } = await openSchema(optionsFor(url, { migrations: await migrationsOf(t, first) }))
  t.teardown(close)
  const second = { ...first, '0002_second': 'alter table tales.tale add column verses integer' }
  const migrations = await migrationsOf(t, second)
  const reader = await pool.connect()
  await reader.query('begin; select from tales.tale')
  const error = await refusal(openSchema(optionsFor(url, { migrations })))
  t.match(error, { code: 'SCHEMA_IN_USE', message: /^Schema "tales" .*try again\.$/ })
  await reader.query('commit')
  reader.release()
  await (await openSchema(optionsFor(url, { migrations }))).close()
})

t.test('a schema that a newer Skald has migrated is refused', async (t) => {
  const { url } = await freshDatabase(t)
  const migrations = await migrationsOf(t, { '0001_first': 'create table tales.tale (title text)' })
  const { pool, close } = await openSchema(optionsFor(url, { migrations }))
  await pool.query(`insert into tales.kysely_migration values ('0002_from_the_future', '2099-01-01')`)
  await close()
  const error = await refusal(openSchema(optionsFor(url, { migrations })))
  t.match(error, { code: 'SCHEMA_NEWER', message: /"tales".*0002_from_the_future/ })
})

t.test('each mistake in DATABASE_URL is told in one sentence, without the password', async (t) => {
  const { url } = await freshDatabase(t)
  const change = (change: Partial<URL>) => String(Object.assign(new URL(url), { password: 's3cret' }, change))
  const mistakes: [url: string, code: string, message: RegExp][] = [
    [change({ password: 's3cret' }), 'DATABASE_LOGIN_REFUSED', /user "/],
    [change({ username: 'nobody' }), 'DATABASE_LOGIN_REFUSED', /user "nobody"/],
    [change({ hostname: '127.0.0.1', port: '1' }), 'DATABASE_UNREACHABLE', /127\.0\.0\.1:1;/],
    [change({ hostname: 'no-such-host.invalid' }), 'DATABASE_UNREACHABLE', /no-such-host\.invalid/],
    ['mysql://root:s3cret@localhost/db', 'DATABASE_URL_INVALID', /postgres:\/\//],
    ['postgres://user:s3cret#1@localhost/db', 'DATABASE_URL_INVALID', /percent-encoded/],
    ['s3cret', 'DATABASE_URL_INVALID', /DATABASE_URL/],
  ]
  for (const [wrong, code, message] of mistakes) {
    const error = await refusal(openSchema(optionsFor(wrong)))
    t.match(error, { code, message }, code)
    t.notMatch(error.message, /s3cret|\n/)
    t.match(error.message, /^[^.].*\.$/)
  }
  const missing = Object.assign(new URL(url), { pathname: '/no_such_database' })
  t.match(await refusal(openSchema(optionsFor(missing))), {
    code: 'DATABASE_MISSING',
    message: /"no_such_database"/,
  })
})

t.test('a user that may not create the schema is told who can', async (t) => {
  const { url } = await freshDatabase(t)
  const client = new pg.Client(url)
  await client.connect()
  const role = new URL(url).pathname.slice(1)
  await client.query(`create role ${role} login password 'pass'`)
  t.teardown(async () => {
    await client.query(`drop role ${role}`)
    await client.end()
  })
  const migrations = await migrationsOf(t, {})
  const asRole = Object.assign(new URL(url), { username: role, password: 'pass' })
  const error = await refusal(openSchema(optionsFor(asRole, { migrations })))
  t.match(error, { code: 'SCHEMA_BEHIND', message: new RegExp(`"${role}".*skald migrate --schemas --roles`) })
})

t.test('a Postgres older than 15 is refused', async (t) => {
  t.match(refusalOfVersion(140_019), { code: 'DATABASE_TOO_OLD', message: /version 14\.19;.* 15 or newer/ })
  t.equal(refusalOfVersion(150_000), undefined)
  t.equal(refusalOfVersion(180_004), undefined)
})

/** A server that takes connections and hangs up after `answer` at once. */
async function fakePostgres(t: Teardown, answer: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined)
    answer(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return `postgres://user:s3cret@127.0.0.1:${port}/db`
}

t.test('something else than Postgres behind the port is told as unreachable', async (t) => {
  const url = await fakePostgres(t, (socket) => socket.end())
  t.match(await refusal(openSchema(optionsFor(url))), { code: 'DATABASE_UNREACHABLE' })
})

t.test('a Postgres that is starting up is waited for', async (t) => {
  let asked = 0
  const url = await fakePostgres(t, (socket) => {
    asked += 1
    // An ErrorResponse: first "starting up", then "the password is wrong".
    const fields = asked < 3 ? 'SFATAL\0C57P03\0Mstarting up\0\0' : 'SFATAL\0C28P01\0Mwrong\0\0'
    const message = Buffer.from(`E....${fields}`)
    message.writeInt32BE(message.length - 1, 1)
    socket.once('data', () => socket.end(message))
  })
  t.match(await refusal(openSchema(optionsFor(url))), { code: 'DATABASE_LOGIN_REFUSED' })
  t.equal(asked, 3)
})

t.test('connections that Postgres ends, idle or in use, are replaced', async (t) => {
  const { url } = await freshDatabase(t)
  const migrations = await migrationsOf(t, {})
  const { db, pool, close } = await openSchema<Record<string, never>>(
    optionsFor(url, { migrations, poolMax: 1 }),
  )
  t.teardown(close)
  const other = new pg.Client(url)
  await other.connect()
  t.teardown(() => other.end())
  const endAll = () =>
    other.query(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity
       where application_name = 'test' and datname = current_database()`,
    )

  await endAll()
  t.strictSame((await pool.query('select 1 as one')).rows, [{ one: 1 }], 'idle')

  const lost = db.transaction().execute(async (trx) => {
    await endAll()
    return sql`select 1`.execute(trx)
  })
  const error: unknown = await lost.catch((reason: unknown) => reason)
  t.ok(isConnectionTrouble(error), 'in a transaction')
  t.strictSame((await pool.query('select 1 as one')).rows, [{ one: 1 }])
})

t.test('only errors of the connection count as connection trouble', async (t) => {
  const { url } = await freshDatabase(t)
  const { pool, close } = await openSchema(optionsFor(url, { migrations: await migrationsOf(t, {}) }))
  t.teardown(close)
  for (const statement of [
    'select 1/0',
    'selec',
    'select * from no_such_table',
    'select no_such_function()',
  ]) {
    const error: unknown = await pool.query(statement).catch((reason: unknown) => reason)
    t.notOk(isConnectionTrouble(error), statement)
  }
  t.notOk(isConnectionTrouble(new TypeError('x is not a function')))
})
