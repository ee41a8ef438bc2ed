// Runs a tale to every one of its points, on one floor, each as a subtest.
import type { Test } from 'tap'
import { faultsOf } from './faults.ts'
import type { Floor } from './floor.ts'
import { nameOf, type Point } from './point.ts'
import { crashRun } from './run.ts'
import type { Tale } from './tale.ts'

export async function crashAt(t: Test, floor: Floor, tale: Tale, points: readonly Point[]): Promise<void> {
  for (const point of points) await crashInTurn(t, floor, tale, [point])
}

/** One run with a crash in each life. */
export async function crashInTurn(
  t: Test,
  floor: Floor,
  tale: Tale,
  points: readonly Point[],
  where = points.map(nameOf).join(', then '),
): Promise<void> {
  await t.test(`${tale.name} survives a crash: ${where}`, async (t) => {
    await floor.tidy()
    const plans = points.map((dies) => ({ dies }))
    t.strictSame(await faultsOf(floor, await crashRun(floor, tale, plans)), [])
  })
}
