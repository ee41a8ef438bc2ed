// The page for whoever is on call: are orders failing, where, since when, which ones.
import { RowBuilder, type DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { emptyDashboard, machineVariable } from './frame.ts'
import { cellOf, labelOf, listOf, SKALD } from './inspector.ts'
import {
  graphPanel,
  heatmapPanel,
  link,
  redFrom,
  statPanel,
  tablePanel,
  textPanel,
  type GraphOptions,
  type StatOptions,
  type TableOptions,
} from './panels.ts'

const MACHINE = 'machine=~"$machine"'
const machine = labelOf('machine')

const failedOf = (younger_than: string) => {
  const age = { '15m': '15 minutes', '1h': 'hour', '24h': '24 hours' }[younger_than] ?? younger_than
  return listOf(`Those that failed, begun within the last ${age}`, {
    machine,
    status: 'failed',
    younger_than,
  })
}
const PARKED = listOf('Those that are parked', { machine, status: 'parked' })
const FAILED = ['15m', '1h', '24h'].map(failedOf)

export function sagaHealth(skald: string): DashboardBuilder {
  const dashboard = emptyDashboard(
    {
      uid: 'skald-sagas',
      title: 'Skald · Saga health',
      description: 'Are orders failing, where, since when, and which ones.',
    },
    skald,
  ).withVariable(machineVariable({ several: true }))
  for (const stat of NOW) dashboard.withPanel(statPanel(stat))
  dashboard.withPanel(tablePanel(ALERTS))
  dashboard.withRow(new RowBuilder('Are they failing, and since when'))
  for (const graph of SINCE_WHEN) dashboard.withPanel(graphPanel(graph))
  dashboard.withRow(new RowBuilder('Where'))
  dashboard.withPanel(tablePanel(STANDING)).withPanel(graphPanel(NOT_DONE))
  dashboard.withRow(new RowBuilder('Which ones'))
  addWhich(dashboard)
  return dashboard
}

const NOW: readonly StatOptions[] = [
  {
    title: 'Not done, of those that began',
    description:
      'Within the last ten minutes: they failed, or parked, or hang. Refusals of the business, such as too little stock, count too.',
    width: 4,
    query: { expr: `skald:sagas_not_done:ratio10m{${MACHINE}}`, legend: '{{machine}}' },
    unit: 'percentunit',
    decimals: 1,
    steps: redFrom(0.25, 0.05),
    none: 'none began',
    links: [PARKED, ...FAILED],
  },
  {
    title: 'Failed, in the time shown',
    description:
      'How many ended failed between the two ends of the graphs below. A failed saga is undone, and its caller was told.',
    width: 4,
    query: {
      expr: `sum by (machine) (increase(skald_sagas_ended_total{${MACHINE},outcome="failed"}[$__range]))`,
      legend: '{{machine}}',
    },
    unit: 'short',
    decimals: 0,
    steps: [[null, 'text']],
    links: FAILED,
  },
  {
    title: 'Parked now',
    description:
      'They hold what they have begun to hold, and wait for their next automatic try or for a person.',
    width: 4,
    query: { expr: `skald:sagas_parked{${MACHINE}}`, legend: '{{machine}}' },
    unit: 'short',
    steps: redFrom(10, 1),
    none: 'not known',
    links: [PARKED],
  },
  {
    title: 'Oldest parked',
    description: 'Time since the oldest of the parked sagas began.',
    width: 4,
    query: { expr: `skald:oldest_parked_seconds{${MACHINE}}`, legend: '{{machine}}' },
    unit: 's',
    steps: redFrom(600, 60),
    none: 'not known',
    links: [
      listOf('Parked, and begun more than ten minutes ago', {
        machine,
        status: 'parked',
        older_than: '10m',
      }),
    ],
  },
  {
    title: 'Under way now',
    description: 'Sagas that run or undo, in the whole database.',
    width: 4,
    query: {
      expr: `sum by (machine) (skald:sagas_unfinished{${MACHINE},status=~"running|compensating"}) or 0 * skald:sagas_parked{${MACHINE}}`,
      legend: '{{machine}}',
    },
    unit: 'short',
    steps: [[null, 'text']],
    none: 'not known',
    links: [
      listOf('Those that run', { machine, status: 'running' }),
      listOf('Those that undo', { machine, status: 'compensating' }),
    ],
  },
  {
    title: 'Oldest under way',
    description: 'Time since the oldest saga began that has neither ended nor parked.',
    width: 4,
    query: { expr: `skald:oldest_in_flight_seconds{${MACHINE}}`, legend: '{{machine}}' },
    unit: 's',
    steps: redFrom(300, 60),
    none: 'not known',
    links: [
      listOf('Running for more than five minutes', { machine, status: 'running', older_than: '5m' }),
      listOf('Undoing for more than five minutes', { machine, status: 'compensating', older_than: '5m' }),
    ],
  },
]

const SINCE_WHEN: readonly GraphOptions[] = [
  {
    title: 'Ended, by outcome',
    description:
      'Where red begins, they began to fail. Where green ends and there is no red, they park, or nobody orders.',
    width: 12,
    queries: [
      {
        expr: `sum by (machine, outcome) (rate(skald_sagas_ended_total{${MACHINE}}[$__rate_interval]))`,
        legend: '{{machine}} {{outcome}}',
      },
    ],
    unit: 'ops',
    stacked: true,
    links: FAILED,
  },
  {
    title: 'Share that is not done, of those that began',
    description:
      'Over ten minutes each. In an outage sagas park and none ends: here it is seen at once. SkaldFailureRate fires above the red line.',
    width: 12,
    queries: [{ expr: `skald:sagas_not_done:ratio10m{${MACHINE}}`, legend: '{{machine}}' }],
    unit: 'percentunit',
    max: 1,
    steps: redFrom(0.25),
    links: [PARKED, ...FAILED],
  },
  {
    title: 'Parked',
    description: 'A line that does not fall again is a participant that does not come back.',
    width: 12,
    queries: [{ expr: `skald:sagas_parked{${MACHINE}}`, legend: '{{machine}}' }],
    unit: 'short',
    links: [PARKED],
  },
  {
    title: 'Started, and turned away',
    description: 'Callers who are turned away (503) were told so; nothing of theirs was accepted.',
    width: 12,
    queries: [
      {
        expr: `sum by (machine) (rate(skald_sagas_started_total{${MACHINE}}[$__rate_interval]))`,
        legend: '{{machine}} started',
      },
      {
        expr: 'sum(rate(http_request_duration_seconds_count{service="orchestrator",method="POST",status="503"}[$__rate_interval])) or vector(0)',
        legend: 'turned away',
      },
    ],
    unit: 'ops',
  },
]

const STANDING: TableOptions = {
  title: 'Where those stand that have not ended',
  description: 'A click on a row lists its sagas in the inspector.',
  width: 9,
  queries: [
    {
      expr: `skald:sagas_unfinished{${MACHINE}} > 0`,
      column: { name: 'sagas', unit: 'short' },
    },
  ],
  labels: ['machine', 'status', 'state'],
  links: [
    listOf('Those in ${__data.fields.state}', {
      machine: cellOf('machine'),
      status: cellOf('status'),
      state: cellOf('state'),
    }),
  ],
}

const NOT_DONE: GraphOptions = {
  title: 'Steps that were not done',
  description:
    'refused: the participant said no, and nothing happened. unreachable: nobody was there. in_doubt: no answer to go by, so it is undone. undoing: a compensation, whose saga parks.',
  width: 15,
  queries: [
    {
      expr: `sum by (machine, participant, step, direction, outcome) (rate(skald_step_duration_seconds_count{${MACHINE},outcome!="done"}[$__rate_interval]))`,
      legend: '{{participant}}: {{direction}}.{{step}} {{outcome}}',
    },
  ],
  unit: 'ops',
  stacked: true,
  links: [
    listOf('Those in which this step is open now, or keeps failing', {
      machine,
      step: labelOf('step'),
    }),
    listOf('Those that failed, begun within the last hour', {
      machine,
      status: 'failed',
      younger_than: '1h',
    }),
    link(
      'The steps of this machine',
      '/d/skald-machine?var-machine=${__field.labels.machine}&${__url_time_range}',
    ),
    link(
      'This participant',
      '/d/skald-participants?var-participant=${__field.labels.participant}&${__url_time_range}',
    ),
  ],
}

const ALERTS: TableOptions = {
  title: 'Alerts that fire',
  description: 'Since when, and what the runbook says of them.',
  width: 24,
  height: 6,
  queries: [
    {
      expr: '(ALERTS_FOR_STATE{alertname=~"Skald.*"} * 1000) and ignoring (alertstate) ALERTS{alertname=~"Skald.*",alertstate="firing"}',
      column: { name: 'since', unit: 'dateTimeFromNow' },
    },
  ],
  labels: ['alertname', 'severity', 'machine', 'participant', 'direction', 'step', 'job', 'instance'],
  links: [link('Runbook: what it means, and what to do', '/d/skald-runbook')],
}

const READ_THE_LOG = `
**In the inspector:** [parked](${SKALD}/inspector#status=parked) ·
[failed, begun within the last hour](${SKALD}/inspector#status=failed&younger_than=1h) ·
[undoing](${SKALD}/inspector#status=compensating) ·
[running for more than five minutes](${SKALD}/inspector#status=running&older_than=5m)

**On a terminal:**

\`\`\`sh
npx skald ls --status parked
npx skald ls --status failed --younger-than 1h
npx skald show <saga>
\`\`\`

**In the log:** each step that was not done, each saga that failed or parked is a line with its \`saga_id\` and \`trace_id\`:

\`\`\`sh
docker compose logs --since 1h --no-log-prefix orchestrator | grep '"saga_id"'
docker compose logs --since 1h --no-log-prefix | grep <saga_id>
\`\`\`

A **dot** in the heatmap beside is one saga: a click opens it.
`.trim()

function addWhich(dashboard: DashboardBuilder): void {
  dashboard
    .withPanel(
      heatmapPanel({
        title: 'How long they take, from start to end',
        description: 'Each dot is one saga that fell into its bucket; its link opens the saga.',
        width: 12,
        query: {
          expr: `sum by (le) (increase(skald_saga_duration_seconds_bucket{${MACHINE}}[$__rate_interval]))`,
          exemplars: true,
        },
      }),
    )
    .withPanel(textPanel({ title: 'Lists, and log lines', width: 12, height: 16, content: READ_THE_LOG }))
    .withPanel(
      graphPanel({
        title: 'Slow and failed sagas, one by one',
        description: 'The 95th and 50th percentile by outcome, and dots of single sagas that a click opens.',
        width: 12,
        queries: [0.95, 0.5].map((quantile) => ({
          expr: `histogram_quantile(${quantile}, sum by (outcome, le) (rate(skald_saga_duration_seconds_bucket{${MACHINE}}[$__rate_interval])))`,
          legend: `{{outcome}} p${quantile * 100}`,
          exemplars: true,
        })),
        unit: 's',
      }),
    )
}
