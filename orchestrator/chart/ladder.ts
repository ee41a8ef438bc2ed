/**
 * A saga drawn as a ladder: its steps down the left rail, each compensation on the rung of its step, rolling back up the
 * right one; done below, failed above, parked beside.
 */
import type { Chart } from './chart.ts'
import type { Drawing } from './drawing.ts'
import { drawn } from './ladder/draw.ts'
import { gridOf } from './ladder/placing.ts'
import { routesOf } from './ladder/routes.ts'
import { channelsOf } from './ladder/runs.ts'
import { slotsOf } from './ladder/slots.ts'
import { wiresOf } from './ladder/wires.ts'

/** Nobody reads a larger one, and a server draws it while others wait. */
const MAX = { states: 300, edges: 1200 }

/** Null without rails, or of one that is too large. */
export function ladder(chart: Chart): Drawing | null {
  if (chart.states.length > MAX.states || chart.edges.length > MAX.edges) return null
  const wires = wiresOf(chart)
  const ports = new Set<string>()
  let grid = gridOf(chart, ports)
  if (grid === null) return null
  let routes = routesOf(grid, wires)
  // Whether a group needs a port shows when its lines have been tried without one; each round gives ports to some more.
  while (routes.portless.size > 0) {
    for (const state of routes.portless) ports.add(state)
    grid = gridOf(chart, ports) ?? grid
    routes = routesOf(grid, wires)
  }
  const slots = slotsOf(routes.routes)
  const channels = channelsOf(grid, routes.routes, slots)
  return drawn({ grid, routes, slots, channels })
}
