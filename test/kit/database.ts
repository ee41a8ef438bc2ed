// A database of its own for a test file, dropped when the test ends.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Test } from 'tap'
import { currentCluster } from './cluster.ts'

export interface TestDatabase {
  url: string
}

export interface DatabaseOptions {
  /** Why its sagas can't be told again by their machines: their rows are made up, say, or broken on purpose. */
  readonly untold?: string
}

/**
 * An empty database in the cluster of this tap run, dropped at the end of `t`, whoever is still connected. Before that
 * every saga in it is told again, and the test fails if replay does not hold.
 */
export async function freshDatabase(
  t: Pick<Test, 'teardown'>,
  { untold }: DatabaseOptions = {},
): Promise<TestDatabase> {
  const cluster = new URL((await currentCluster()).url)
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(cluster, `create database ${name}`)
  const { href: url } = Object.assign(new URL(cluster), { pathname: `/${name}` })
  t.teardown(async () => {
    try {
      if (untold === undefined) await tellAgain(url)
    } finally {
      await execute(cluster, `drop database ${name} with (force)`)
    }
  })
  return { url }
}

/** Loaded where it is needed: most tests of participants have nothing to tell. */
async function tellAgain(url: string): Promise<void> {
  const told = await import('./told-again.ts')
  await told.tellAgain(url)
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
