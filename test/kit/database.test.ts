import pg from 'pg'
import t from 'tap'
import { freshDatabase } from './database.ts'

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

t.test('each test has an empty database of its own, on a Postgres with fsync on', async (t) => {
  const { url } = await freshDatabase(t)
  const other = await freshDatabase(t)
  t.not(url, other.url)
  await query(url, 'create table mark ()')
  t.same(await query(other.url, "select to_regclass('mark') as mark"), [{ mark: null }])
  t.same(await query(url, 'show fsync'), [{ fsync: 'on' }])
})

t.test('a database is dropped at the end of its test, even with a client still connected', async (t) => {
  let left: pg.Client | undefined
  let url = ''
  await t.test('a test that forgets its client', async (t) => {
    url = (await freshDatabase(t)).url
    left = new pg.Client({ connectionString: url })
    left.on('error', () => undefined)
    await left.connect()
  })
  await t.rejects(query(url, 'select 1'), { code: '3D000' })
  await left?.end().catch(() => undefined)
})
