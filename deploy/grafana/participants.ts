// The participants: as orchestrators see them, and as they see themselves.
import { RowBuilder, type DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { emptyDashboard, stepVariable } from './frame.ts'
import { labelOf, listOf } from './inspector.ts'
import { graphPanel, redFrom, statPanel, type GraphOptions, type StatOptions } from './panels.ts'

const CHOSEN = 'participant=~"$participant"'
/** All of them are asked for by a pattern that orchestrators fit too. */
const ITSELF = 'job=~"$participant",job!="orchestrator"'
const STEPS = 'skald_step_duration_seconds'

export function participants(skald: string): DashboardBuilder {
  const dashboard = emptyDashboard(
    {
      uid: 'skald-participants',
      title: 'Skald · Participants',
      description: 'Whether they answer, what they answer, and how long it takes: from both sides.',
    },
    skald,
  ).withVariable(stepVariable('participant', ''))
  for (const stat of NOW) dashboard.withPanel(statPanel(stat))
  dashboard.withRow(new RowBuilder('As orchestrators see them'))
  for (const graph of SEEN_BY_ORCHESTRATORS) dashboard.withPanel(graphPanel(graph))
  dashboard.withRow(new RowBuilder('As they see themselves'))
  for (const graph of SEEN_BY_THEMSELVES) dashboard.withPanel(graphPanel(graph))
  return dashboard
}

const NOW: readonly StatOptions[] = [
  {
    title: 'Answering',
    description: 'Processes of each that Prometheus reaches.',
    width: 8,
    query: { expr: `sum by (job) (up{${ITSELF}})`, legend: '{{job}}' },
    unit: 'short',
    steps: [
      [null, 'red'],
      [1, 'green'],
    ],
    none: 'none',
  },
  {
    title: 'Calls without an answer to go by',
    description: 'Unreachable or in doubt, over five minutes.',
    width: 8,
    query: {
      expr: `sum by (participant) (skald:steps:rate5m{${CHOSEN},outcome=~"in_doubt|unreachable"}) / sum by (participant) (skald:steps:rate5m{${CHOSEN}}) or 0 * sum by (participant) (skald:steps:rate5m{${CHOSEN}})`,
      legend: '{{participant}}',
    },
    unit: 'percentunit',
    decimals: 1,
    steps: redFrom(0.1, 0.01),
    none: 'no calls',
  },
  {
    title: 'p95 of a call',
    description: 'All attempts together, over five minutes.',
    width: 8,
    query: {
      expr: `histogram_quantile(0.95, sum by (participant, le) (rate(${STEPS}_bucket{${CHOSEN}}[5m])))`,
      legend: '{{participant}}',
    },
    unit: 's',
    steps: redFrom(3, 1),
    none: 'no calls',
  },
]

const by = 'participant, step, direction'
const openNow = listOf('Those in which this step is open now, or keeps failing', { step: labelOf('step') })
const SEEN_BY_ORCHESTRATORS: readonly GraphOptions[] = [
  {
    title: 'Calls by outcome',
    description: 'refused: it said no. unreachable: nobody was there. in_doubt: no answer to go by.',
    width: 12,
    queries: [
      {
        expr: `sum by (participant, outcome) (rate(${STEPS}_count{${CHOSEN}}[$__rate_interval]))`,
        legend: '{{participant}} {{outcome}}',
      },
    ],
    unit: 'ops',
    stacked: true,
  },
  {
    title: 'Steps without an answer to go by',
    description: 'Share of the calls of each step. SkaldStepsInTrouble fires above the red line.',
    width: 12,
    queries: [
      {
        expr: `skald:steps_in_trouble:ratio5m{${CHOSEN}}`,
        legend: '{{participant}}: {{direction}}.{{step}}',
      },
    ],
    unit: 'percentunit',
    max: 1,
    steps: redFrom(0.1),
    links: [openNow],
  },
  {
    title: 'p95 by step',
    description: 'All attempts of a call together. A dot is one saga: a click opens it.',
    width: 12,
    queries: [
      {
        expr: `histogram_quantile(0.95, sum by (${by}, le) (rate(${STEPS}_bucket{${CHOSEN}}[$__rate_interval])))`,
        legend: '{{participant}}: {{direction}}.{{step}}',
        exemplars: true,
      },
    ],
    unit: 's',
    links: [openNow],
  },
  {
    title: 'Tries a call',
    description: 'Above 1 attempts are made again: short trouble, 429, 502 to 504.',
    width: 6,
    queries: [
      {
        expr: `sum by (participant) (rate(skald_step_attempts_total{${CHOSEN}}[$__rate_interval])) / sum by (participant) (rate(${STEPS}_count{${CHOSEN}}[$__rate_interval]))`,
        legend: '{{participant}}',
      },
    ],
    unit: 'short',
  },
  {
    title: 'Calls under way and waiting',
    description: 'Waiting: PARTICIPANT_CALLS are under way already at one orchestrator.',
    width: 6,
    queries: [
      {
        expr: `sum by (participant) (skald_participant_calls_under_way{${CHOSEN}})`,
        legend: '{{participant}}',
      },
      {
        expr: `sum by (participant) (skald_participant_calls_waiting{${CHOSEN}})`,
        legend: '{{participant}} waiting',
      },
    ],
    unit: 'short',
  },
]

const SEEN_BY_THEMSELVES: readonly GraphOptions[] = [
  {
    title: 'Operations by outcome',
    description:
      'repeated: the same call came again, and got the same answer. tombstone: a compensation that came before its action.',
    width: 12,
    queries: [
      {
        expr: `sum by (operation, outcome) (rate(skald_participant_operations_total{${ITSELF}}[$__rate_interval]))`,
        legend: '{{operation}} {{outcome}}',
      },
    ],
    unit: 'ops',
    stacked: true,
  },
  {
    title: 'Answers by status',
    description: 'What the process itself answered: a proxy in between may say something else.',
    width: 12,
    queries: [
      {
        expr: `sum by (job, status) (rate(http_request_duration_seconds_count{${ITSELF}}[$__rate_interval]))`,
        legend: '{{job}} {{status}}',
      },
    ],
    unit: 'ops',
    stacked: true,
  },
  {
    title: 'p95 of an answer',
    description: 'Fast here and slow above: it is the way between them.',
    width: 12,
    queries: [
      {
        expr: `histogram_quantile(0.95, sum by (job, method, route, le) (rate(http_request_duration_seconds_bucket{${ITSELF}}[$__rate_interval])))`,
        legend: '{{job}} {{method}} {{route}}',
      },
    ],
    unit: 's',
  },
  {
    title: 'Connections to Postgres',
    description: 'None idle and statements that wait: the pool is too small, or Postgres too slow.',
    width: 6,
    queries: [
      { expr: `sum by (job, use) (skald_pool_connections{${ITSELF}})`, legend: '{{job}} {{use}}' },
      { expr: `sum by (job) (skald_pool_waiting{${ITSELF}})`, legend: '{{job}} waiting' },
    ],
    unit: 'short',
  },
  {
    title: 'CPU, and lag of the event loop',
    description: '1 is a whole core.',
    width: 6,
    queries: [
      {
        expr: `sum by (job) (rate(process_cpu_seconds_total{${ITSELF}}[$__rate_interval]))`,
        legend: '{{job}} CPU',
      },
      { expr: `max by (job) (nodejs_eventloop_lag_p99_seconds{${ITSELF}})`, legend: '{{job}} lag in s' },
    ],
    unit: 'short',
  },
]
