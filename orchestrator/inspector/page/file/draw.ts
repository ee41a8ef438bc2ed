/** Draws the chart of a file: here, if it has the shape of a saga; else the server lays it out, if it can be reached. */
import { chartOf } from '../../../chart/chart-of.ts'
import { ladder } from '../../../chart/ladder.ts'
import { post } from '../api.ts'
import type { DrawnChart } from '../types.ts'

export async function draw(definition: unknown): Promise<DrawnChart> {
  const chart = chartOf(definition)
  const drawing = ladder(chart)
  if (drawing !== null) return { chart, drawing }
  try {
    return await post<DrawnChart>('/inspector/api/charts', definition)
  } catch {
    // It is told as an outline.
    return { chart, drawing: null }
  }
}
