/** What it takes to look at a file, loaded while there is a server: one opens a file where there may be none. */

/** Behind all that is seen first. */
const QUIET_MS = 3_000

const PARTS = [
  () => import('./opening-dialog.tsx'),
  () => import('./draw.ts'),
  () => import('../saga/saga-view.tsx'),
  () => import('../saga/sequence.tsx'),
  () => import('../saga/other-panel.tsx'),
  () => import('../chart/outline-view.tsx'),
  () => import('../chart/export.ts'),
]

/** A part that can not be loaded now is asked for again by who needs it. */
export function loadAhead(): () => void {
  const timer = setTimeout(() => void Promise.allSettled(PARTS.map((load) => load())), QUIET_MS)
  return () => clearTimeout(timer)
}
