// Databases of one Postgres, so that a part of the bench neither finds nor leaves anything of another.
import pg from 'pg'

/** The URL of a database of this name, made if there is none yet. */
export async function databaseNamed(name: string, serverUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
  if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  await client.end()
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href
}
