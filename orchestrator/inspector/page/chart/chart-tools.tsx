/** Larger, smaller, and out of the page. */
import type { ComponentChildren, RefObject } from 'preact'
import { Icon } from '../icon/icon.tsx'
import type { DrawnChart } from '../types.ts'
import { download, svgTextOf } from './export.ts'
import type { Zoom } from './zoom.ts'

interface ChartToolsProps {
  readonly drawn: DrawnChart
  readonly frame: RefObject<HTMLDivElement | null>
  readonly zoom: Zoom
}

export function ChartTools({ drawn: { chart, drawing }, frame, zoom }: ChartToolsProps) {
  const name = `${chart.machine}@${chart.version}`
  const saveSvg = () => {
    const svg = frame.current?.querySelector('svg.chart-drawing')
    if (svg instanceof SVGSVGElement) download(`${name}.svg`, 'image/svg+xml', svgTextOf(svg, name))
  }
  return (
    <div class="chart-tools" role="group" aria-label="Chart">
      {drawing !== null && (
        <>
          <Tool label="Smaller (−)" onClick={zoom.out}>
            <span class="chart-minus" />
          </Tool>
          <Tool label="As it fits (0)" onClick={zoom.fit}>
            <span class="chart-scale">
              {zoom.scale === undefined ? 'fit' : `${Math.round(zoom.scale * 100)} %`}
            </span>
          </Tool>
          <Tool label="Larger (+)" onClick={zoom.in}>
            <Icon name="plus" />
          </Tool>
          <Tool label="Save the drawing as SVG" onClick={saveSvg}>
            <Icon name="download" /> SVG
          </Tool>
        </>
      )}
    </div>
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
