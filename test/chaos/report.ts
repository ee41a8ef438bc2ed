// What a run says to a person.
import type { ChaosReport } from './run.ts'

export function linesOf(report: ChaosReport): string[] {
  const { struck, answers, takeoversMs, audited, complaints } = report
  const { done, failed, parked, running, compensating } = audited.sagas
  const { start, now, sold, held } = audited.stock
  const sagas = { done, failed, parked, 'in flight': running + compensating }
  return [
    ...table('Faults that struck', struck),
    ...table(`Answers to ${report.orders} orders and ${report.verbs} verbs`, answers),
    ...table('Sagas', sagas),
    ...table('Stock', { 'at the start': start, now, sold, held }),
    ...table('Takeovers, ms', spreadOf(takeoversMs)),
    `Settled ${Math.round(report.settledMs)} ms after the last order; ${Math.round(report.seconds)} s in all.`,
    '',
    ...(complaints.length === 0 ? ['Nothing is wrong.'] : [`${complaints.length} wrong:`, ...complaints]),
  ]
}

function spreadOf(sorted: readonly number[]): Record<string, number> {
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { count: sorted.length, least: at(0), median: at(0.5), most: at(1) }
}

function table(title: string, rows: Readonly<Record<string, number>>): string[] {
  const width = Math.max(...Object.keys(rows).map(({ length }) => length))
  const lines = Object.entries(rows).map(
    ([name, count]) => `  ${name.padEnd(width)}  ${count.toLocaleString('en').padStart(9)}`,
  )
  return [title, ...lines, '']
}
