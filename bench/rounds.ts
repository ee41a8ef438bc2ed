// The engine on several databases that differ in what they hold already.
import type { Place } from './candidates/candidate.ts'
import { engine } from './candidates/engine.ts'
import type { Measured } from './load.ts'
import { median, rowsOf, type Row } from './rows.ts'

const CONCURRENCY = 64
/** Rounds over all of them, not one after the other: what the machine's drift does to one, it does to all. */
const ROUNDS = 3

/** `seconds` for each place, all rounds together; each is compared with the first. */
export async function compareInRounds(places: ReadonlyMap<string, Place>, seconds: number): Promise<Row[]> {
  const rounds = new Map<string, Measured[]>([...places.keys()].map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, at] of places) {
      const candidate = await engine(at)
      rounds.get(name)?.push(await candidate.measure(CONCURRENCY, seconds / ROUNDS))
      await candidate.close()
    }
  }
  const measured = new Map([...rounds].map(([name, all]) => [name, median(all)]))
  return rowsOf(CONCURRENCY, measured, [...places.keys()].slice(0, 1))
}
