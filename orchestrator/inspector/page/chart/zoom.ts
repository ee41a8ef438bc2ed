/** How large a chart is shown: as wide as there is room, as long as it can be read, or as large as somebody wants it. */
import { useEffect, useState } from 'preact/hooks'
import type { RefObject } from 'preact'

const STEP = 1.25
const MIN = 0.25
const MAX = 4

export interface Zoom {
  /** Undefined: as it fits. */
  readonly scale: number | undefined
  readonly by: (factor: number) => void
  readonly in: () => void
  readonly out: () => void
  readonly fit: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

export function useZoom(frame: RefObject<HTMLDivElement | null>): Zoom {
  const [scale, setScale] = useState<number>()
  const by = (factor: number) => {
    const shown = shownScale(frame.current)
    if (shown !== undefined) setScale(Math.min(MAX, Math.max(MIN, shown * factor)))
  }
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const onWheel = (event: WheelEvent) => {
      // What a trackpad's pinch comes as, too. Without ctrl the wheel belongs to the page.
      if (!event.ctrlKey) return
      event.preventDefault()
      const before = shownScale(element)
      if (before === undefined) return
      const after = Math.min(MAX, Math.max(MIN, before * Math.exp(-event.deltaY / 300)))
      setScale(after)
      keepInPlace(element, event, after / before)
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [frame])
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => by(STEP),
    '=': () => by(STEP),
    '-': () => by(1 / STEP),
    '0': () => setScale(undefined),
  }
  return {
    scale,
    by,
    in: () => by(STEP),
    out: () => by(1 / STEP),
    fit: () => setScale(undefined),
    onKeyDown: (event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
      if (act === undefined) return
      event.preventDefault()
      act()
    },
  }
}

function shownScale(frame: HTMLElement | null): number | undefined {
  const svg = frame?.querySelector('svg.chart-drawing')
  if (!(svg instanceof SVGSVGElement) || svg.viewBox.baseVal.width === 0) return undefined
  return svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
}

/** What is under the pointer stays there. */
function keepInPlace(frame: HTMLElement, { clientX, clientY }: MouseEvent, factor: number): void {
  const { left, top } = frame.getBoundingClientRect()
  const [x, y] = [clientX - left, clientY - top]
  const [scrollLeft, scrollTop] = [frame.scrollLeft, frame.scrollTop]
  requestAnimationFrame(() => {
    frame.scrollLeft = (scrollLeft + x) * factor - x
    frame.scrollTop = (scrollTop + y) * factor - y
  })
}
