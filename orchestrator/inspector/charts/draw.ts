/**
 * The thread that draws: a layout may take seconds, or for ever, and a definition may be anything that somebody sent.
 * Whoever asked tells the time, and ends the thread when it is up; the chart itself is told before it is drawn.
 */
import type { ElkNode } from 'elkjs/lib/elk-api.js'
import { parentPort } from 'node:worker_threads'
import { chartOf } from '../../chart/chart-of.ts'
import type { Chart } from '../../chart/chart.ts'
import type { Drawing } from '../../chart/drawing.ts'
import { ladder } from '../../chart/ladder.ts'
import { mermaidOf } from '../../chart/mermaid.ts'
import type { Told } from './answers.ts'
import { graphDrawing } from './graph-drawing.ts'
import { graphOf, type GraphOptions } from './graph.ts'

/** Nobody finds a way through more, and the layout takes too long for them to wait for it. */
const STATES_MAX = 200
const EDGES_MAX = 600
/** Of its text: ids are paths, so a deep chart is much longer than its definition. */
const CHART_LENGTH_MAX = 8_000_000

const tell = (told: Told) => parentPort?.postMessage(told, [])

parentPort?.on('message', (definition: string) => void answer(definition))

async function answer(definition: string): Promise<void> {
  try {
    const chart = chartOf(parsed(definition))
    const text = JSON.stringify(chart)
    if (text.length > CHART_LENGTH_MAX) throw new RefusedError('The chart is too large.')
    tell({ kind: 'chart', chart: text })
    tell({ kind: 'mermaid', mermaid: mermaidOf(chart) })
    tell({ kind: 'drawing', drawing: JSON.stringify(await drawingOf(chart)) })
  } catch (error) {
    tell({ kind: 'refused', why: error instanceof RefusedError ? error.message : TOO_DEEP })
  }
}

/** It says so for whoever sent it. */
class RefusedError extends Error {}

/** What is left once wrong types are left out: a stack that does not suffice. */
const TOO_DEEP = 'The chart is too large, or its states are too deep within each other.'

function parsed(definition: string): object {
  let value: unknown
  try {
    value = JSON.parse(definition)
  } catch {
    throw new RefusedError('The definition is not valid JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RefusedError('The definition of a machine is a JSON object.')
  return value
}

async function drawingOf(chart: Chart): Promise<Drawing | null> {
  if (chart.states.length === 0) return null
  if (chart.states.length > STATES_MAX || chart.edges.length > EDGES_MAX) return null
  // The library throws over some charts that another setting lays out.
  const ways = [
    () => ladder(chart),
    () => graphDrawn(chart, { isInOrder: true }),
    () => graphDrawn(chart, { isInOrder: false }),
  ]
  for (const way of ways) {
    try {
      const drawing = await way()
      if (drawing !== null) return drawing
    } catch {
      continue
    }
  }
  return null
}

async function graphDrawn(chart: Chart, options: GraphOptions): Promise<Drawing> {
  const { default: elk } = await import('elkjs/lib/elk.bundled.js')
  const graph = graphOf(chart, options)
  const laidOut: ElkNode = await new elk.default().layout(graph.root)
  return graphDrawing(graph, laidOut)
}
