import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import type { Test } from 'tap'
import { freshDatabase } from './kit/database.ts'
import { freshHome, startSkald, whenReady } from './kit/skald-command.ts'

interface Mistake {
  args?: string[]
  settings: Record<string, string>
  says: RegExp
}

/** One sentence on stderr, exit code 1, no stack trace. */
async function refuses(t: Test, { args = ['up'], settings, says }: Mistake): Promise<void> {
  const { code, stderr } = await startSkald(t, args, settings).outcome
  t.equal(code, 1)
  t.match(stderr, says)
  t.equal(stderr.trimEnd().split('\n').length, 1, 'one line')
  t.match(stderr, /\.\n$/, 'a sentence')
}

t.test('a setting that is wrong', async (t) => {
  const settings = { SKALD_HOME: await freshHome(t), PORT: '80000' }
  await refuses(t, { settings, says: /^PORT is 80000: it must be a whole number from 0 to 65535\.$/m })
})

t.test('a port that is taken', async (t) => {
  const server = createServer().listen({ host: 'localhost', port: 0 })
  t.teardown(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const settings = { SKALD_HOME: await freshHome(t), PORT: port }
  await refuses(t, {
    settings,
    says: new RegExp(`^Port ${port} is taken: end what listens there, or choose`),
  })
})

t.test('a host that is not of this machine', async (t) => {
  const access = {
    ACCESS_JWKS_URL: 'http://localhost:1/jwks',
    ACCESS_JWT_ISSUER: 'somebody',
    ACCESS_JWT_AUDIENCE: 'skald',
    SERVICE_TOKEN: 'a-long-random-word',
  }
  const settings = { SKALD_HOME: await freshHome(t), HOST: '192.0.2.1', ...access }
  await refuses(t, {
    settings,
    says: /^HOST 192\.0\.2\.1 cannot be listened on \(EADDRNOTAVAIL\): set it to/,
  })
})

t.test('a home that cannot be written', async (t) => {
  const home = await freshHome(t)
  await writeFile(home, 'a file')
  await refuses(t, {
    settings: { SKALD_HOME: join(home, 'deeper') },
    says: /^SKALD_HOME \(.*deeper\) cannot be used \(.*\): make it writable, or set SKALD_HOME to another/,
  })
})

t.test('a home that holds other things', async (t) => {
  const home = await freshHome(t)
  await mkdir(join(home, 'letters'), { recursive: true })
  await refuses(t, {
    args: ['up', '--fresh'],
    settings: { SKALD_HOME: home },
    says: /^SKALD_HOME \(.*\) holds other things and was not made by Skald: set it to an empty or a new folder\.$/m,
  })
})

t.test('a home of another version', async (t) => {
  const home = await freshHome(t)
  await mkdir(home)
  await writeFile(join(home, 'skald.json'), '{"format":99}')
  await refuses(t, {
    settings: { SKALD_HOME: home },
    says: /^SKALD_HOME \(.*\) was made by another version of Skald \(format 99, this one knows 1\): go back/,
  })
})

t.test('an embedded database of another Postgres, or without its password, and a second `up`', async (t) => {
  const home = await freshHome(t)
  const settings = { SKALD_HOME: home }
  const skald = startSkald(t, ['up'], settings)
  await whenReady(home, skald)

  await t.test('a second `up` on the same home', (t) =>
    refuses(t, {
      settings,
      says: new RegExp(`^Skald runs already on ${home} \\(pid ${skald.pid}\\): end that one`),
    }),
  )
  skald.signal('SIGINT')
  await skald.outcome

  await t.test('data of another major version', async (t) => {
    await writeFile(join(home, 'postgres', 'PG_VERSION'), '17\n')
    await refuses(t, {
      settings,
      says: /^The data in .* is of Postgres 17, and this Skald brings Postgres 18: go back/,
    })
    await writeFile(join(home, 'postgres', 'PG_VERSION'), '18\n')
  })

  await t.test('a password that is missing', async (t) => {
    await rm(join(home, 'postgres-password'))
    await refuses(t, {
      settings,
      says: /^The password of the embedded Postgres is missing \(.*\): put the file back/,
    })
  })
})

t.test('a database that cannot be used', async (t) => {
  const { url } = await freshDatabase(t)
  const home = await freshHome(t)
  const changed = (parts: Partial<URL>) => ({
    SKALD_HOME: home,
    DATABASE_URL: Object.assign(new URL(url), parts).href,
  })

  await t.test('--fresh', (t) =>
    refuses(t, {
      args: ['up', '--fresh'],
      settings: changed({}),
      says: /^--fresh deletes only the embedded database/,
    }),
  )
  await t.test('nothing listens', (t) =>
    refuses(t, {
      settings: changed({ port: '1' }),
      says: /Postgres cannot be reached at 127\.0\.0\.1:1; start it/,
    }),
  )
  await t.test('a wrong password', (t) =>
    refuses(t, {
      settings: changed({ password: 'no' }),
      says: /refused the login of user "postgres"; check/,
    }),
  )
  await t.test('no such database', (t) =>
    refuses(t, {
      settings: changed({ pathname: '/atlantis' }),
      says: /Database "atlantis" does not exist on/,
    }),
  )
  await t.test('a schema of a newer Skald', async (t) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`create schema carts;
      create table carts.kysely_migration (name text primary key, timestamp text not null);
      insert into carts.kysely_migration values ('9999_from_the_future', '')`)
    await client.end()
    await refuses(t, { settings: changed({}), says: /Schema "carts" .* was migrated by a newer Skald/ })
  })
})
