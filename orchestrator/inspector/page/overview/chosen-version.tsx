import { useComputed, useSignal } from '@preact/signals'
import { address, go } from '../address.ts'
import type { Badge } from '../chart/chart-props.ts'
import { ChartView } from '../chart/chart-view.tsx'
import { Icon } from '../icon/icon.tsx'
import { counts } from '../live.ts'
import { scopes } from '../machines.ts'
import { isMixed, type VersionName } from '../scope.ts'
import type { DrawnChart } from '../types.ts'
import { badgesOf, figuresOf, showIn, stateOf, wordOf, type Show } from './badges.ts'
import { ShowSwitch } from './show-switch.tsx'
import { StatesTable } from './states-table.tsx'
import { Summary } from './summary.tsx'
import { useChart, useStats, type Loaded } from './use-overview.ts'

export function ChosenVersion({ of }: { readonly of: VersionName }) {
  const chart = useChart(of)
  return (
    <>
      <div class="overview-head">
        <h2>
          <span>{of.machine}</span> <span class="overview-version">version {of.version}</span>
        </h2>
        <ShowSwitch />
      </div>
      <Summary of={of} />
      <ChartOrWords of={of} chart={chart.value} />
    </>
  )
}

function ChartOrWords({ of, chart }: { readonly of: VersionName; readonly chart: Loaded<DrawnChart> }) {
  if (chart.state === 'loading') return <p class="overview-words">Reading the chart …</p>
  if (chart.state === 'ready') return <CountedChart of={of} drawn={chart.value} />
  return (
    <>
      <p class="notice is-warning" role="alert">
        <Icon name="alert" /> The chart can not be shown. {chart.why}
      </p>
      <StatesTable of={of} chart={null} figures={null} />
    </>
  )
}

/** Before anything is counted. */
const NONE: ReadonlyMap<string, Badge> = new Map()

const TITLES: Readonly<Record<Show, string>> = {
  now: 'sagas that are in each state now',
  entered: 'how often each state was entered in the last hour',
  p95: 'how long sagas stay in each state, as 19 of 20 do',
  errors: 'errors in each state in the last hour',
}

function CountedChart({ of, drawn }: { readonly of: VersionName; readonly drawn: DrawnChart }) {
  const isTableOpen = useSignal(false)
  const show = showIn(address.value.show)
  const stats = useStats(of, show !== 'now' || isTableOpen.value)
  const figures = useComputed(() => {
    const read = stats.value
    const here = (counts.value ?? []).filter(
      ({ machine, version }) => machine === of.machine && version === of.version,
    )
    return figuresOf(drawn.chart, { counts: here, stats: read.state === 'ready' ? read.value : null })
  })
  const isCounted = counts.value !== null || show !== 'now'
  const selected = stateOf(drawn.chart, address.value.state)
  return (
    <>
      <StatsWords stats={stats.value} show={show} />
      <ChartView
        drawn={drawn}
        title={`${of.machine}, version ${of.version}: ${TITLES[show]}`}
        badges={isCounted ? badgesOf(drawn.chart, figures.value, show) : NONE}
        selected={selected}
        onPick={(id) => pick(of, wordOf(drawn.chart, id))}
      />
      <details
        class="overview-table"
        onToggle={({ currentTarget }) => (isTableOpen.value = currentTarget.open)}
      >
        <summary>The numbers as a table</summary>
        {isTableOpen.value && <StatesTable of={of} chart={drawn.chart} figures={figures.value} />}
      </details>
    </>
  )
}

/** What the list then has is what the number on the state counts: so it is of that version too, where there are others. */
function pick({ machine, version }: VersionName, state: string): void {
  if (address.peek().state === state) return go({ state: undefined })
  // On a narrow screen the list is what was asked for.
  go({ state, status: undefined, pane: undefined, ...(isMixed(scopes.peek()) && { machine, version }) })
}

function StatsWords({
  stats,
  show,
}: {
  readonly stats: ReturnType<typeof useStats>['value']
  readonly show: Show
}) {
  if (show === 'now') return null
  if (stats.state === 'loading') return <p class="overview-words">Reading the last hour …</p>
  if (stats.state === 'failed')
    return (
      <p class="notice is-warning" role="alert">
        <Icon name="alert" /> The last hour can not be shown. {stats.why}
      </p>
    )
  if (stats.value.is_whole) return null
  return (
    <p class="overview-words">
      So much happened in the last hour that only the newest part of it is counted.
    </p>
  )
}
