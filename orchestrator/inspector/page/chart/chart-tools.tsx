/** Larger, smaller, and out of the page. */
import type { ComponentChildren, RefObject } from 'preact'
import { Icon } from '../icon/icon.tsx'
import type { DrawnChart } from '../types.ts'
import type { Zoom } from './zoom.ts'

interface ChartToolsProps {
  readonly drawn: DrawnChart
  readonly frame: RefObject<HTMLDivElement | null>
  readonly zoom: Zoom
}

export function ChartTools({ drawn: { chart, drawing }, frame, zoom }: ChartToolsProps) {
  const name = `${chart.machine}@${chart.version}`
  const saveSvg = async () => {
    const { saveSvg } = await import('./export.ts')
    const svg = frame.current?.querySelector('svg.chart-drawing')
    if (svg instanceof SVGSVGElement) saveSvg(svg, name)
  }
  const saveMermaid = async () => {
    const { saveMermaid } = await import('./export.ts')
    saveMermaid(chart, name)
  }
  return (
    <div class="chart-tools" role="group" aria-label="Chart">
      {drawing !== null && (
        <>
          <Tool label="Smaller (−)" onClick={zoom.out}>
            <span class="chart-minus" />
          </Tool>
          <FitTool zoom={zoom} />
          <Tool label="Larger (+)" onClick={zoom.in}>
            <Icon name="plus" />
          </Tool>
          <Tool label="Save the drawing as SVG" onClick={() => void saveSvg()}>
            <Icon name="download" /> SVG
          </Tool>
        </>
      )}
      <Tool label="Save the chart as Mermaid" onClick={() => void saveMermaid()}>
        <Icon name="download" /> Mermaid
      </Tool>
    </div>
  )
}

/** Whoever speaks to the page says what is written on it, so its name has that too. */
function FitTool({ zoom: { scale, fit } }: { readonly zoom: Zoom }) {
  const shown = scale === undefined ? 'fit' : `${Math.round(scale * 100)} %`
  return (
    <Tool label={`${shown}: as large as there is room (0)`} onClick={fit}>
      <span class="chart-scale">{shown}</span>
    </Tool>
  )
}

interface ToolProps {
  readonly label: string
  readonly onClick: () => void
  readonly children: ComponentChildren
}

function Tool({ label, onClick, children }: ToolProps) {
  return (
    <button type="button" title={label} aria-label={label} onClick={onClick}>
      {children}
    </button>
  )
}
