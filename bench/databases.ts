// Databases of one Postgres, so that a part of the bench neither finds nor leaves anything of another.
import pg from 'pg'

/** The URL of a database of this name, made if there is none yet. */
export async function databaseNamed(name: string, serverUrl: string): Promise<string> {
  await connected(serverUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  })
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href
}

/** With a connection for as long as `use` takes. */
export async function connected<Result>(
  url: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
