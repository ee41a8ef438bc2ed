/** Sagas of our own, drawn in this thread: a ladder takes some milliseconds, another thread a tenth of a second to begin. */
import { chartOf } from '../../chart/chart-of.ts'
import { ladder } from '../../chart/ladder.ts'
import { mermaidOf } from '../../chart/mermaid.ts'
import type { DrawnTexts } from './drawing-thread.ts'

/** Null for what is no ladder, or more than that can take. */
export function ladderHere(definition: string): DrawnTexts | null {
  try {
    const chart = chartOf(JSON.parse(definition))
    const drawing = ladder(chart)
    if (drawing === null) return null
    const texts = { chart: JSON.stringify(chart), drawing: JSON.stringify(drawing) }
    return { ...texts, mermaid: mermaidOf(chart), isLate: false }
  } catch {
    return null
  }
}
