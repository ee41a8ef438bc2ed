// One machine: its ladder, step by step.
import { RowBuilder, type DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { emptyDashboard, machineVariable, stepVariable } from './frame.ts'
import { cellOf, labelOf, listOf } from './inspector.ts'
import { graphPanel, redFrom, statPanel, tablePanel, type GraphOptions } from './panels.ts'

const MACHINE = 'machine="$machine"'
const STEPS = 'skald_step_duration_seconds'

export function oneMachine(skald: string): DashboardBuilder {
  const dashboard = emptyDashboard(
    {
      uid: 'skald-machine',
      title: 'Skald · One machine',
      description: 'The ladder of a machine: how often each step is called, how it ends, how long it takes.',
    },
    skald,
  )
    .withVariable(machineVariable({ several: false }))
    .withVariable(stepVariable('step', `{${MACHINE}}`))
  addNow(dashboard)
  addLadder(dashboard.withRow(new RowBuilder('The ladder: doing downwards, undoing upwards')))
  dashboard.withRow(new RowBuilder('Step $step').repeat('step'))
  for (const graph of OF_EACH_STEP) dashboard.withPanel(graphPanel(graph))
  dashboard.withRow(new RowBuilder('States'))
  for (const graph of STATES) dashboard.withPanel(graphPanel(graph))
  return dashboard
}

function addNow(dashboard: DashboardBuilder): void {
  const machine = '${machine:percentencode}'
  const stats = [
    {
      title: 'Started a second',
      description: 'Sagas accepted.',
      expr: `sum(rate(skald_sagas_started_total{${MACHINE}}[$__rate_interval]))`,
      unit: 'ops',
    },
    {
      title: 'Not done, of those that began',
      description: 'Within the last ten minutes: they failed, or parked, or hang.',
      expr: `skald:sagas_not_done:ratio10m{${MACHINE}}`,
      unit: 'percentunit',
      steps: redFrom(0.25, 0.05),
      none: 'none began',
      links: [
        listOf('Those that failed, begun within the last hour', {
          machine,
          status: 'failed',
          younger_than: '1h',
        }),
      ],
    },
    {
      title: 'p95 of those that are done',
      description: 'From start to end.',
      expr: `histogram_quantile(0.95, sum by (le) (rate(skald_saga_duration_seconds_bucket{${MACHINE},outcome="done"}[$__rate_interval])))`,
      unit: 's',
      none: 'none ended',
    },
    {
      title: 'Parked now',
      description: 'They wait for their next automatic try, or for a person.',
      expr: `skald:sagas_parked{${MACHINE}}`,
      unit: 'short',
      steps: redFrom(10, 1),
      none: 'not known',
      links: [listOf('Those that are parked', { machine, status: 'parked' })],
    },
  ]
  for (const { expr, ...told } of stats) {
    dashboard.withPanel(statPanel({ steps: [[null, 'text']], ...told, width: 6, query: { expr } }))
  }
}

function addLadder(dashboard: DashboardBuilder): void {
  const by = 'by (step, direction, participant)'
  const rate = (filter = '') => `sum ${by} (rate(${STEPS}_count{${MACHINE}${filter}}[$__rate_interval]))`
  dashboard.withPanel(
    tablePanel({
      title: 'Steps and compensations',
      description:
        'not answered: unreachable or in doubt. tries a call: more than one where an attempt was made again within the deadline.',
      width: 24,
      queries: [
        { expr: rate(), column: { name: 'calls a second', unit: 'ops' } },
        {
          expr: `(${rate(',outcome="refused"')} or 0 * ${rate()}) / ${rate()}`,
          column: { name: 'refused', unit: 'percentunit', steps: redFrom(0.5, 0.1) },
        },
        {
          expr: `(${rate(',outcome=~"in_doubt|unreachable"')} or 0 * ${rate()}) / ${rate()}`,
          column: { name: 'not answered', unit: 'percentunit', steps: redFrom(0.1, 0.01) },
        },
        {
          expr: `histogram_quantile(0.95, sum by (step, direction, participant, le) (rate(${STEPS}_bucket{${MACHINE}}[$__rate_interval])))`,
          column: { name: 'p95', unit: 's', steps: redFrom(3, 1) },
        },
        {
          expr: `sum ${by} (rate(skald_step_attempts_total{${MACHINE}}[$__rate_interval])) / ${rate()}`,
          column: { name: 'tries a call', unit: 'short' },
        },
      ],
      labels: ['direction', 'step', 'participant'],
      links: [
        listOf('Those in which this step is open now, or keeps failing', {
          machine: '${machine:percentencode}',
          step: cellOf('step'),
        }),
      ],
    }),
  )
}

const OF_STEP = `${MACHINE},step="$step"`
const OF_EACH_STEP: readonly GraphOptions[] = [
  {
    title: '$step: calls by outcome',
    description: 'Doing and undoing.',
    width: 8,
    queries: [
      {
        expr: `sum by (direction, outcome) (rate(${STEPS}_count{${OF_STEP}}[$__rate_interval]))`,
        legend: '{{direction}} {{outcome}}',
      },
    ],
    unit: 'ops',
    stacked: true,
    links: [
      listOf('Those in which this step is open now, or keeps failing', {
        machine: '${machine:percentencode}',
        step: '${step:percentencode}',
      }),
    ],
  },
  {
    title: '$step: share that was not done',
    description: 'Of all calls, by what became of them instead.',
    width: 8,
    queries: [
      {
        expr: `sum by (direction, outcome) (rate(${STEPS}_count{${OF_STEP},outcome!="done"}[$__rate_interval])) / on (direction) group_left () sum by (direction) (rate(${STEPS}_count{${OF_STEP}}[$__rate_interval]))`,
        legend: '{{direction}} {{outcome}}',
      },
    ],
    unit: 'percentunit',
    max: 1,
  },
  {
    title: '$step: how long',
    description: 'All attempts of a call together. A dot is one saga: a click opens it.',
    width: 8,
    queries: [0.95, 0.5].map((quantile) => ({
      expr: `histogram_quantile(${quantile}, sum by (direction, le) (rate(${STEPS}_bucket{${OF_STEP}}[$__rate_interval])))`,
      legend: `{{direction}} p${quantile * 100}`,
      exemplars: true,
    })),
    unit: 's',
  },
]

const STATES: readonly GraphOptions[] = [
  {
    title: 'Sagas by state',
    description: 'Those that have not ended, in the whole database.',
    width: 12,
    queries: [{ expr: `skald:sagas_unfinished{${MACHINE}}`, legend: '{{status}}: {{state}}' }],
    unit: 'short',
    links: [
      listOf('Those in ${__field.labels.state}', {
        machine: labelOf('machine'),
        status: labelOf('status'),
        state: labelOf('state'),
      }),
    ],
  },
  {
    title: 'Time in a state, p95',
    description: 'From entering it to leaving it.',
    width: 12,
    queries: [
      {
        expr: `histogram_quantile(0.95, sum by (state, le) (rate(skald_state_duration_seconds_bucket{${MACHINE}}[$__rate_interval])))`,
        legend: '{{state}}',
      },
    ],
    unit: 's',
  },
]
