/**
 * A chart, drawn: for the overview with numbers on its states, for a saga with the path that it took. What can be picked
 * is a button to keyboards and screen readers, and an outline tells them the whole chart in words.
 */
import './chart.css'
import './chart-around.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { RefObject } from 'preact'
import { ChartDrawing } from './chart-drawing.tsx'
import type { Mark } from '../icon/glyphs.ts'
import type { ChartViewProps } from './chart-props.ts'
import { ChartTools } from './chart-tools.tsx'
import { lazily } from '../lazily.tsx'
import { TooltipView, useTooltip } from './tooltip.tsx'
import { useZoom } from './zoom.ts'

const OutlineView = lazily(async () => (await import('./outline-view.tsx')).OutlineView, { isAhead: true })

export function ChartView(props: ChartViewProps) {
  const { drawn, title } = props
  const { drawing } = drawn
  const frame = useRef<HTMLDivElement>(null)
  const zoom = useZoom(frame)
  const figure = useRef<HTMLElement>(null)
  const tooltip = useTooltip(figure)
  useCurrentInSight(frame, props)
  const [isOutlineOpen, setOutlineOpen] = useState(drawing === null)
  return (
    <figure class="chart" aria-label={title} ref={figure}>
      <ChartTools drawn={drawn} frame={frame} zoom={zoom} />
      <div class="chart-frame" ref={frame} hidden={drawing === null} onKeyDown={zoom.onKeyDown}>
        {drawing !== null && (
          <ChartDrawing
            {...props}
            drawing={drawing}
            scale={zoom.scale}
            tooltipId={tooltip.id}
            onTell={tooltip.tell}
          />
        )}
      </div>
      <TooltipView tooltip={tooltip} />
      <details
        class="chart-outline"
        open={isOutlineOpen}
        onToggle={({ currentTarget }) => setOutlineOpen(currentTarget.open)}
      >
        <summary>
          {drawing === null ? 'Too large to be drawn: the chart in words' : 'The chart in words'}
        </summary>
        {isOutlineOpen && <OutlineView {...props} />}
      </details>
    </figure>
  )
}

/** Where there is not room for all of it, where the saga stands is what one wants to see. */
function useCurrentInSight(frame: RefObject<HTMLDivElement | null>, { drawn, marks }: ChartViewProps): void {
  const current = [...(marks ?? [])].findLast(([, { mark }]) => CURRENT.has(mark))?.[0]
  useEffect(() => {
    const element = frame.current
    const box = [...(element?.querySelectorAll<SVGElement>('.chart-box[role]') ?? [])].find(
      ({ dataset }) => dataset['state'] === current,
    )
    if (element === null || box === undefined) return
    const [inner, outer] = [box.getBoundingClientRect(), element.getBoundingClientRect()]
    const isSeen = inner.left >= outer.left && inner.right <= outer.right
    if (!isSeen) element.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2
  }, [current, drawn])
}

const CURRENT = new Set<Mark>(['current', 'compensating', 'parked'])
