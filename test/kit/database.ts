// A database of its own for a test file, dropped when the test ends.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Test } from 'tap'
import { currentCluster } from './cluster.ts'

export interface TestDatabase {
  url: string
}

/** An empty database in the cluster of this tap run, dropped at the end of `t`, whoever is still connected. */
export async function freshDatabase(t: Pick<Test, 'teardown'>): Promise<TestDatabase> {
  const cluster = new URL((await currentCluster()).url)
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(cluster, `create database ${name}`)
  t.teardown(() => execute(cluster, `drop database ${name} with (force)`))
  return { url: Object.assign(new URL(cluster), { pathname: `/${name}` }).href }
}

async function execute(url: URL, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
