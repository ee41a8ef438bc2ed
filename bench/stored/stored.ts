// The engine against the number of sagas that the database keeps already, all of them ended.
import type { Place } from '../candidates/candidate.ts'
import { engine } from '../candidates/engine.ts'
import { databaseNamed } from '../databases.ts'
import type { Measured } from '../load.ts'
import { median, rowsOf, type Row } from '../rows.ts'
import { fill } from './fill.ts'

const CONCURRENCY = 64
/** Rounds over all sizes, not size after size: what the machine's drift does to one, it does to all. */
const ROUNDS = 3

/** `seconds` for each size, all rounds together. */
export async function compareStored(place: Place, sizes: readonly number[], seconds: number): Promise<Row[]> {
  const places = new Map<string, Place>()
  for (const size of sizes) {
    const name = `stored-${size}`
    places.set(name, { ...place, databaseUrl: await filled(name, size, place) })
  }
  const rounds = new Map<string, Measured[]>([...places.keys()].map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, at] of places) {
      const candidate = await engine(at)
      rounds.get(name)?.push(await candidate.measure(CONCURRENCY, seconds / ROUNDS))
      await candidate.close()
    }
  }
  const measured = new Map([...rounds].map(([name, all]) => [name, median(all)]))
  return rowsOf(CONCURRENCY, measured, [`stored-${sizes[0]}`])
}

async function filled(name: string, size: number, place: Place): Promise<string> {
  const databaseUrl = await databaseNamed(name, place.databaseUrl)
  const original = await engine({ ...place, databaseUrl })
  await original.measure(1, 0.1)
  await original.close()
  if (size === 0) return databaseUrl
  const startedAt = performance.now()
  await fill(databaseUrl, size)
  console.error(`${name}: filled in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`)
  return databaseUrl
}
