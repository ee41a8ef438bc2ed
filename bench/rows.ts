// What the bench prints: one row for each candidate and number of sagas at a time, or for each fact of another kind.
import type { Measured } from './load.ts'

export interface Row {
  readonly name: string
  /** Units last; null where it could not be told, or was not measured in this run. */
  readonly [figure: string]: number | string | null
}

/** The rows of candidates that were measured side by side, each compared with some of them by sagas per second. */
export function rowsOf(
  concurrency: number,
  measured: ReadonlyMap<string, Measured>,
  comparedWith: readonly string[],
): Row[] {
  return [...measured].map(([name, figures]) => {
    const ratios = comparedWith.map((other) => {
      const rate = measured.get(other)?.sagas_per_second
      const ratio = rate === undefined ? null : rounded(figures.sagas_per_second / rate)
      return [`ratio_to_${other.replaceAll('-', '_')}`, ratio]
    })
    const { store_cpu_ms_per_saga, commits_per_saga, wal_kb_per_saga } = figures
    return {
      name,
      concurrency,
      sagas_per_second: rounded(figures.sagas_per_second),
      p50_ms: rounded(figures.p50_ms),
      p99_ms: rounded(figures.p99_ms),
      cpu_ms_per_saga: rounded(figures.cpu_ms_per_saga),
      store_cpu_ms_per_saga: store_cpu_ms_per_saga && rounded(store_cpu_ms_per_saga),
      commits_per_saga: commits_per_saga && rounded(commits_per_saga),
      wal_kb_per_saga: wal_kb_per_saga && rounded(wal_kb_per_saga),
      ...Object.fromEntries(ratios),
    }
  })
}

/** The middle one by sagas per second. */
export function median(rounds: readonly Measured[]): Measured {
  const sorted = rounds.toSorted((a, b) => a.sagas_per_second - b.sagas_per_second)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('nothing was measured')
  return middle
}

/** To what such a measurement can tell. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
