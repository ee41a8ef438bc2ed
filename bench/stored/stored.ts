// The engine against the number of sagas that the database keeps already, all of them ended.
import type { Place } from '../candidates/candidate.ts'
import { engine } from '../candidates/engine.ts'
import { databaseNamed } from '../databases.ts'
import { compareInRounds } from '../rounds.ts'
import type { Row } from '../rows.ts'
import { fill } from './fill.ts'

/** `seconds` for each size, all rounds together. */
export async function compareStored(place: Place, sizes: readonly number[], seconds: number): Promise<Row[]> {
  const places = new Map<string, Place>()
  for (const size of sizes) {
    const name = `stored-${size}`
    places.set(name, { ...place, databaseUrl: await filled(name, size, place) })
  }
  return await compareInRounds(places, seconds)
}

async function filled(name: string, size: number, place: Place): Promise<string> {
  const databaseUrl = await databaseNamed(name, place.databaseUrl)
  const original = await engine({ ...place, databaseUrl })
  await original.measure(1, 0.1)
  await original.close()
  if (size > 0) await fill(databaseUrl, { name, count: size, status: 'done' })
  return databaseUrl
}
