// The panels that dashboards are made of: one way to draw a thing, so that colours and units mean the same everywhere.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  type DataSourceRef,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardLinkBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DashboardLink,
  type Threshold,
} from '@grafana/grafana-foundation-sdk/dashboard'
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as text from '@grafana/grafana-foundation-sdk/text'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'

/** As provisioning/datasources has it. */
export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: 'prometheus' }

interface Query {
  readonly expr: string
  /** How a series is called, with its labels in double braces. */
  readonly legend?: string
  /** Dots that lead to one saga each. */
  readonly exemplars?: true
}

export type Link = Builder<DashboardLink>

interface Common {
  readonly title: string
  /** What it means, and when it is bad: for somebody who has not seen it before. */
  readonly description: string
  /** Of the 24 columns. */
  readonly width: number
  readonly links?: readonly Link[]
}

export type Steps = readonly (readonly [from: number | null, color: 'green' | 'yellow' | 'red' | 'text'])[]

/** Green, and red from `bad` on; yellow in between where that is told. */
export const redFrom = (bad: number, warn?: number): Steps => [
  [null, 'green'],
  ...(warn === undefined ? [] : [[warn, 'yellow'] as const]),
  [bad, 'red'],
]

const thresholds = (steps: Steps) =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]): Threshold => ({ value, color })))

/** What these words look like in the name of a series, wherever it is drawn. */
const COLORS = {
  done: 'green',
  success: 'green',
  failed: 'red',
  failure: 'orange',
  refused: 'orange',
  in_doubt: 'red',
  unreachable: 'purple',
  'turned away': 'red',
  waiting: 'orange',
  lost: 'red',
  repeated: 'blue',
  tombstone: 'purple',
} as const

function rangeQuery({ expr, legend, exemplars }: Query, index: number): DataqueryBuilder {
  const query = new DataqueryBuilder().datasource(PROMETHEUS).refId(letter(index)).expr(expr).range()
  if (legend !== undefined) query.legendFormat(legend)
  return exemplars ? query.exemplar(true) : query
}

function instantQuery({ expr, legend }: Query, index: number): DataqueryBuilder {
  const query = new DataqueryBuilder().datasource(PROMETHEUS).refId(letter(index)).expr(expr).instant()
  return legend === undefined ? query : query.legendFormat(legend)
}

const letter = (index: number) => 'ABCDEFGHIJ'.charAt(index)

export interface StatOptions extends Common {
  readonly query: Query
  readonly unit: string
  readonly steps: Steps
  readonly decimals?: number
  /** Shown where there is no series; by default that it is 0. */
  readonly none?: string
}

/** The newest value, in the colour of what it means; one for each series. */
export function statPanel(options: StatOptions): stat.PanelBuilder {
  const { title, description, width, links = [], query, unit, steps, decimals, none = '0' } = options
  const panel = new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .span(width)
    .height(4)
    .unit(unit)
    .thresholds(thresholds(steps))
    .noValue(none)
    .graphMode(BigValueGraphMode.Area)
    .colorMode(BigValueColorMode.Background)
    .textMode(query.legend === undefined ? BigValueTextMode.Value : BigValueTextMode.ValueAndName)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    // What has nothing to divide by is not a number: no value then, rather than that word in colour.
    .withTarget(rangeQuery({ ...query, expr: `(${query.expr}) >= 0` }, 0))
    .dataLinks([...links])
  return decimals === undefined ? panel : panel.decimals(decimals)
}

export interface GraphOptions extends Common {
  readonly queries: readonly Query[]
  readonly unit: string
  /** Bars on top of each other: for rates that add up. */
  readonly stacked?: true
  /** Lines across, where it begins to be bad. */
  readonly steps?: Steps
  readonly max?: number
}

export function graphPanel(options: GraphOptions): timeseries.PanelBuilder {
  const { title, description, width, links = [], queries, unit, stacked, steps, max } = options
  const panel = new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .span(width)
    .height(8)
    .unit(unit)
    .min(0)
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .targets(queries.map(rangeQuery))
    .dataLinks([...links])
  for (const [word, color] of Object.entries(COLORS)) {
    panel.overrideByRegexp(`/\\b${word}\\b/`, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }])
  }
  panel.overrideByRegexp('/ p50$/', [{ id: 'custom.lineStyle', value: { fill: 'dash', dash: [6, 6] } }])
  if (max !== undefined) panel.max(max)
  if (stacked) {
    panel
      .drawStyle(GraphDrawStyle.Bars)
      .fillOpacity(70)
      .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  }
  if (steps !== undefined) {
    panel
      .thresholds(thresholds(steps))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
  }
  return panel
}

export interface TableOptions extends Common {
  readonly height?: number
  /** One row for each combination of their labels; a column for the value of each query. */
  readonly queries: readonly (Query & { readonly column: Column })[]
  /** Columns in this order, by label; all other labels are left out. */
  readonly labels: readonly string[]
}

interface Column {
  readonly name: string
  readonly unit: string
  readonly steps?: Steps
}

/** What is so now, the worst first. */
export function tablePanel(options: TableOptions): table.PanelBuilder {
  const { title, description, width, height = 8, links = [], queries, labels } = options
  const panel = new table.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .span(width)
    .height(height)
    .noValue('none')
    .targets(queries.map((query, index) => instantQuery(query, index).format(PromQueryFormat.Table)))
    .dataLinks([...links])
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        includeByName: Object.fromEntries(
          [...labels, ...queries.map((_, index) => valueOf(index, queries.length))].map((name) => [
            name,
            true,
          ]),
        ),
        indexByName: Object.fromEntries(labels.map((label, index) => [label, index])),
        renameByName: Object.fromEntries(
          queries.map(({ column }, index) => [valueOf(index, queries.length), column.name]),
        ),
      },
    })
    .withTransformation({
      id: 'sortBy',
      options: { sort: [{ field: queries[0]?.column.name ?? '', desc: true }] },
    })
  for (const { column } of queries) panel.overrideByName(column.name, propertiesOf(column))
  return panel
}

/** What Grafana calls the value of a query: by its letter only where there are several. */
const valueOf = (index: number, queries: number) => (queries === 1 ? 'Value' : `Value #${letter(index)}`)

const propertiesOf = ({ unit, steps }: Column) => [
  { id: 'unit', value: unit },
  ...(steps === undefined
    ? []
    : [
        { id: 'thresholds', value: thresholds(steps).build() },
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
      ]),
]

export interface HeatmapOptions extends Common {
  /** Of buckets, by `le`. */
  readonly query: Query
}

/** How many there are of each duration, over time. */
export function heatmapPanel({ title, description, width, links = [], query }: HeatmapOptions) {
  return new heatmap.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .span(width)
    .height(8)
    .calculate(false)
    .exemplarsColor('rgba(255,0,255,0.8)')
    .yAxis(new heatmap.YAxisConfigBuilder().unit('s'))
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .scheme('Oranges')
        .steps(32)
        .mode(heatmap.HeatmapColorMode.Scheme),
    )
    .dataLinks([...links])
    .withTarget(rangeQuery({ ...query, legend: '{{le}}' }, 0).format(PromQueryFormat.Heatmap))
}

export function textPanel(
  options: Omit<Common, 'description' | 'links'> & { content: string; height: number },
) {
  const { title, width, height, content } = options
  return new text.PanelBuilder()
    .title(title)
    .span(width)
    .height(height)
    .mode(text.TextMode.Markdown)
    .content(content)
}

export function link(title: string, url: string): Link {
  return new DashboardLinkBuilder(title).url(url).targetBlank(true)
}
