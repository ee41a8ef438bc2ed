/** More about what is pointed at, or has the focus. It stays while the pointer is on it, and goes on Escape. */
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { RefObject } from 'preact'
import type { Told } from './told.ts'

/** Enough to get from what was pointed at to the words about it. */
const LINGER_MS = 200

export type Tell = (told: Told | null, about?: Element) => void

export interface Tooltip {
  readonly id: string
  readonly told: (Told & { readonly left: number; readonly top: number }) | null
  /** Null: nothing is pointed at any more. */
  readonly tell: Tell
  readonly stay: () => void
}

const WIDTH = 320

export function useTooltip(figure: RefObject<HTMLElement | null>): Tooltip {
  const [told, setTold] = useState<Tooltip['told']>(null)
  const id = useId()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const isShown = told !== null
  const stay = () => clearTimeout(timer.current)
  useEffect(() => {
    if (!isShown) return undefined
    // Before all others: elsewhere the same key closes more than a tooltip.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      setTold(null)
    }
    document.addEventListener('keydown', onKeyDown, true)
    return () => {
      clearTimeout(timer.current)
      document.removeEventListener('keydown', onKeyDown, true)
    }
  }, [isShown])
  const tell: Tell = (told, about) => {
    stay()
    if (told === null) {
      timer.current = setTimeout(() => setTold(null), LINGER_MS)
    } else if (about !== undefined && figure.current !== null) {
      setTold({ ...told, ...placeOf(about, figure.current) })
    }
  }
  return { id, told, tell, stay }
}

/** Below it, and within the figure. */
function placeOf(about: Element, figure: HTMLElement) {
  const outer = figure.getBoundingClientRect()
  const inner = about.getBoundingClientRect()
  const centre = inner.left + inner.width / 2 - outer.left
  const left = Math.max(4, Math.min(centre - WIDTH / 2, outer.width - WIDTH - 4))
  return { left, top: inner.bottom - outer.top + 6 }
}

export function TooltipView({ tooltip: { id, told, stay, tell } }: { readonly tooltip: Tooltip }) {
  if (told === null) return <div id={id} role="tooltip" hidden />
  const { title, facts, left, top } = told
  return (
    <div
      id={id}
      role="tooltip"
      class="chart-tooltip"
      style={{ left: `${left}px`, top: `${top}px`, maxWidth: `${WIDTH}px` }}
      onPointerEnter={stay}
      onPointerLeave={() => tell(null)}
    >
      <strong>{title}</strong>
      <ul>
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
    </div>
  )
}
