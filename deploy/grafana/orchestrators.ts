// The orchestrators: who drives what, the journal, what waits, and what their processes have left.
import { RowBuilder, type DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { emptyDashboard } from './frame.ts'
import { graphPanel, heatmapPanel, redFrom, statPanel, type GraphOptions } from './panels.ts'

const ALL = 'job="orchestrator"'
const each = (metric: string, labels = '') => `sum by (instance) (${metric}{${ALL}${labels}})`
const rate = (counter: string, by: string, labels = '') =>
  `sum by (${by}) (rate(${counter}{${ALL}${labels}}[$__rate_interval]))`
const p95 = (histogram: string, by = 'instance') =>
  `histogram_quantile(0.95, sum by (${by}, le) (rate(${histogram}_bucket{${ALL}}[$__rate_interval])))`

export function orchestrators(skald: string): DashboardBuilder {
  const dashboard = emptyDashboard(
    {
      uid: 'skald-orchestrators',
      title: 'Skald · Orchestrators',
      description: 'Who drives which share of the sagas, how fast it is committed, and what waits.',
    },
    skald,
  )
  addNow(dashboard)
  const rows: readonly (readonly [string, readonly Omit<GraphOptions, 'width'>[]])[] = [
    ['Leases', LEASES],
    ['Journal', JOURNAL],
    ['What waits', WAITING],
    ['Callers', CALLERS],
    ['Processes', PROCESSES],
  ]
  for (const [title, graphs] of rows) {
    dashboard.withRow(new RowBuilder(title))
    if (title === 'Journal') addCommits(dashboard)
    for (const graph of graphs) dashboard.withPanel(graphPanel({ ...graph, width: 8 }))
  }
  return dashboard
}

function addNow(dashboard: DashboardBuilder): void {
  const stats = [
    {
      title: 'Answering',
      description: 'Orchestrators that Prometheus reaches.',
      expr: `count(up{${ALL}} == 1)`,
      steps: [
        [null, 'red'],
        [1, 'yellow'],
        [2, 'green'],
      ],
      unit: 'short',
    },
    {
      title: 'Partitions without an owner',
      description: 'Their sagas stand still. After a kill it takes LEASE_MS until others have them.',
      expr: 'max(skald_partitions) - sum(skald_partitions_held)',
      steps: redFrom(1),
      unit: 'short',
    },
    {
      title: 'Sagas in memory',
      description: 'Those that are driven now; the ones that only wait are not in memory.',
      expr: 'sum(skald_sagas_in_flight)',
      steps: [[null, 'text']],
      unit: 'short',
    },
    {
      title: 'Slowest p95 of a commit',
      description: 'Of all orchestrators, over five minutes. SkaldCommitSlow fires above 250 ms.',
      expr: 'max(skald:commit_duration_seconds:p95_5m)',
      steps: redFrom(0.25, 0.1),
      unit: 's',
      none: 'no commits',
    },
    {
      title: 'Age of the figures',
      description: 'When the figures of the whole database (parked, oldest) were last read by anybody.',
      expr: 'min(skald_figures_age_seconds)',
      steps: redFrom(60, 30),
      unit: 's',
      none: 'never',
    },
    {
      title: 'Oldest event unheard',
      description: 'Events for sagas that no transition has answered yet.',
      expr: 'max(skald_inbox_oldest_seconds)',
      steps: redFrom(30, 5),
      unit: 's',
      none: 'not known',
    },
  ] as const
  for (const { expr, ...told } of stats)
    dashboard.withPanel(statPanel({ ...told, width: 4, query: { expr } }))
}

function addCommits(dashboard: DashboardBuilder): void {
  dashboard.withPanel(
    heatmapPanel({
      title: 'Commits by how long they took',
      description: 'One statement and one fsync for all that waits.',
      width: 8,
      query: {
        expr: `sum by (le) (increase(skald_commit_duration_seconds_bucket{${ALL}}[$__rate_interval]))`,
      },
    }),
  )
}

const LEASES = [
  {
    title: 'Partitions held',
    description: 'All of them together are to be as many as there are. A dip is a takeover.',
    queries: [{ expr: each('skald_partitions_held'), legend: '{{instance}}' }],
    unit: 'short',
    stacked: true,
  },
  {
    title: 'Partitions moved',
    description:
      'acquired and handed_over: somebody began or ended in peace. lost: a lease ended before it was renewed.',
    queries: [
      {
        expr: `sum by (instance, kind) (increase(skald_partitions_moved_total{${ALL}}[$__rate_interval]))`,
        legend: '{{instance}} {{kind}}',
      },
    ],
    unit: 'short',
    stacked: true,
  },
  {
    title: 'Leases and fences lost',
    description: 'A fence that refused a write held; but the process was frozen, or its database away.',
    queries: [
      {
        expr: `sum by (instance) (increase(skald_lease_losses_total{${ALL}}[$__rate_interval]))`,
        legend: '{{instance}} leases',
      },
      {
        expr: `sum by (instance) (increase(skald_fence_losses_total{${ALL}}[$__rate_interval]))`,
        legend: '{{instance}} fences',
      },
    ],
    unit: 'short',
  },
  {
    title: 'Sagas in memory',
    description: 'By who drives them.',
    queries: [{ expr: each('skald_sagas_in_flight'), legend: '{{instance}}' }],
    unit: 'short',
    stacked: true,
  },
  {
    title: 'Sagas that came back into memory',
    description: 'takeover: from another owner. due: for a timer. event: because one came.',
    queries: [{ expr: rate('skald_sagas_resumed_total', 'why'), legend: '{{why}}' }],
    unit: 'ops',
    stacked: true,
  },
  {
    title: 'Sagas that left memory',
    description: 'They only wait (evicted); or the engine parked or lost them (trouble).',
    queries: [
      { expr: rate('skald_sagas_evicted_total', 'machine'), legend: '{{machine}} evicted' },
      { expr: rate('skald_saga_troubles_total', 'machine'), legend: '{{machine}} trouble' },
    ],
    unit: 'ops',
  },
] as const satisfies readonly Omit<GraphOptions, 'width'>[]

const JOURNAL = [
  {
    title: 'p95 of a commit',
    description: 'Each step of a saga waits for two. Postgres is slow, or its disk, or the network to it.',
    queries: [{ expr: p95('skald_commit_duration_seconds'), legend: '{{instance}}' }],
    unit: 's',
    steps: redFrom(0.25),
  },
  {
    title: 'Transitions a commit',
    description: 'The more is asked, the more go into one commit.',
    queries: [
      {
        expr: `${rate('skald_commit_transitions_sum', 'instance')} / ${rate('skald_commit_transitions_count', 'instance')}`,
        legend: '{{instance}}',
      },
    ],
    unit: 'short',
  },
  {
    title: 'Transitions that wait for a commit',
    description: 'A queue that grows: more is asked than Postgres can write.',
    queries: [{ expr: each('skald_journal_waiting'), legend: '{{instance}}' }],
    unit: 'short',
  },
  {
    title: 'Commits tried again',
    description: 'The database did not answer; nothing is called meanwhile.',
    queries: [
      { expr: rate('skald_commit_retries_total', 'instance'), legend: '{{instance}} commits' },
      { expr: rate('skald_store_troubles_total', 'instance'), legend: '{{instance}} renewals and reads' },
    ],
    unit: 'ops',
  },
  {
    title: 'Connections to Postgres',
    description: 'A pool with none idle and statements that wait is too small, or Postgres too slow.',
    queries: [
      { expr: `sum by (pool, use) (skald_pool_connections{${ALL}})`, legend: '{{pool}} {{use}}' },
      { expr: `sum by (pool) (skald_pool_waiting{${ALL}})`, legend: '{{pool}} waiting' },
    ],
    unit: 'short',
  },
] as const satisfies readonly Omit<GraphOptions, 'width'>[]

const WAITING = [
  {
    title: 'Starts that wait',
    description: 'Behind SAGAS_IN_FLIGHT. When START_QUEUE is full, callers are answered 503.',
    queries: [{ expr: each('skald_starts_waiting'), legend: '{{instance}}' }],
    unit: 'short',
  },
  {
    title: 'Events that wait for their saga',
    description: 'In the whole database.',
    queries: [{ expr: 'max(skald_inbox_waiting)', legend: 'events' }],
    unit: 'short',
  },
  {
    title: 'Timers, p95 of how late they fire',
    description: 'Automatic tries and deadlines come that late.',
    queries: [{ expr: p95('skald_timer_lateness_seconds'), legend: '{{instance}}' }],
    unit: 's',
  },
  {
    title: 'Events heard',
    description: 'Events for sagas that this orchestrator answered, from whichever it came.',
    queries: [{ expr: rate('skald_inbox_events_total', 'instance'), legend: '{{instance}}' }],
    unit: 'ops',
  },
  {
    title: 'Calls to participants under way',
    description: 'At most PARTICIPANT_CALLS to each; the others wait.',
    queries: [
      { expr: `sum by (participant) (skald_participant_calls_under_way{${ALL}})`, legend: '{{participant}}' },
      {
        expr: `sum by (participant) (skald_participant_calls_waiting{${ALL}})`,
        legend: '{{participant}} waiting',
      },
    ],
    unit: 'short',
  },
  {
    title: 'Notices to the webhook',
    description: 'Those that are refused or fail are sent again.',
    queries: [{ expr: rate('skald_notices_total', 'outcome'), legend: '{{outcome}}' }],
    unit: 'ops',
    stacked: true,
  },
] as const satisfies readonly Omit<GraphOptions, 'width'>[]

const CALLERS = [
  {
    title: 'Answers by status',
    description: '503: too busy, nothing was accepted. 500: a fault of ours, the log tells more.',
    queries: [{ expr: rate('http_request_duration_seconds_count', 'status'), legend: '{{status}}' }],
    unit: 'ops',
    stacked: true,
  },
  {
    title: 'p95 of an answer',
    description: 'Calls that start a saga wait for its end, up to WAIT_SECONDS.',
    queries: [
      { expr: p95('http_request_duration_seconds', 'method, route'), legend: '{{method}} {{route}}' },
    ],
    unit: 's',
  },
  {
    title: 'Calls turned away by access',
    description: 'Whose token is none, unknown or expired, lacks the role, or comes too often.',
    queries: [{ expr: rate('skald_access_refusals_total', 'why'), legend: '{{why}}' }],
    unit: 'ops',
  },
  {
    title: 'Who watches',
    description: 'Streams of the inspector, and of other tools.',
    queries: [{ expr: `sum by (by) (skald_viewers{${ALL}})`, legend: '{{by}}' }],
    unit: 'short',
  },
  {
    title: 'Sagas told again',
    description: 'For the inspector. One that differs is told otherwise by the code of today.',
    queries: [{ expr: rate('skald_replays_total', 'outcome'), legend: '{{outcome}}' }],
    unit: 'ops',
  },
  {
    title: 'Trace spans dropped',
    description: 'The collector is away or too slow. Sagas do not wait for it.',
    queries: [{ expr: rate('skald_traces_dropped_total', 'instance'), legend: '{{instance}}' }],
    unit: 'ops',
  },
] as const satisfies readonly Omit<GraphOptions, 'width'>[]

const PROCESSES = [
  {
    title: 'Lag of the event loop, p99',
    description: 'One that stands still for longer than LEASE_MS loses its partitions.',
    queries: [{ expr: each('nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' }],
    unit: 's',
    steps: redFrom(0.5),
  },
  {
    title: 'CPU',
    description: '1 is a whole core, and all that one orchestrator can use.',
    queries: [{ expr: rate('process_cpu_seconds_total', 'instance'), legend: '{{instance}}' }],
    unit: 'short',
  },
  {
    title: 'Memory',
    description: 'Resident.',
    queries: [{ expr: each('process_resident_memory_bytes'), legend: '{{instance}}' }],
    unit: 'bytes',
  },
  {
    title: 'Versions',
    description: 'Which version runs where.',
    queries: [{ expr: 'count by (service, version) (skald_info)', legend: '{{service}} {{version}}' }],
    unit: 'short',
  },
  {
    title: 'Machine versions that are missing',
    description: 'Sagas need code that this process does not have; /readyz names them.',
    queries: [{ expr: each('skald_machines_missing'), legend: '{{instance}}' }],
    unit: 'short',
  },
  {
    title: 'File of tokens can not be read',
    description: '1: those that were read before still hold.',
    queries: [{ expr: each('skald_access_file_stale'), legend: '{{instance}}' }],
    unit: 'short',
    max: 1,
  },
] as const satisfies readonly Omit<GraphOptions, 'width'>[]
