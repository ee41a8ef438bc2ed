// What all dashboards have: the same times, links to each other and into the inspector, and marks where something began.
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { SKALD } from './inspector.ts'
import { PROMETHEUS } from './panels.ts'

interface Named {
  readonly uid: string
  readonly title: string
  readonly description: string
}

export function emptyDashboard({ uid, title, description }: Named, skald: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['skald'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('10s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(
      new TextBoxVariableBuilder('skald')
        .label('Skald')
        .description('Where the inspector is, as your browser reaches it.')
        .defaultValue(skald),
    )
    .link(
      new DashboardLinkBuilder('Skald')
        .type(DashboardLinkType.Dashboards)
        .tags(['skald'])
        .asDropdown(false)
        .keepTime(true)
        // The choice of one is none of another: they choose from other lists.
        .includeVars(false),
    )
    .link(
      new DashboardLinkBuilder('Inspector')
        .type(DashboardLinkType.Link)
        .icon('external link')
        .url(`${SKALD}/inspector`)
        .targetBlank(true),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(PROMETHEUS)
        .enable(true)
        .iconColor('red')
        .expr('ALERTS{alertstate="firing",alertname=~"Skald.*"}')
        .titleFormat('{{alertname}}')
        .textFormat('{{machine}} {{participant}} {{step}} {{instance}}')
        .step('30s'),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Orchestrator started')
        .datasource(PROMETHEUS)
        .enable(true)
        .iconColor('blue')
        .expr('process_start_time_seconds{job="orchestrator"} * 1000')
        .titleFormat('{{instance}} started')
        .useValueForTime(true)
        .step('30s'),
    )
}

/** The machines that sagas were started of. Of several, all are looked at unless some are chosen. */
export function machineVariable({ several }: { readonly several: boolean }): QueryVariableBuilder {
  const variable = new QueryVariableBuilder('machine')
    .label('Machine')
    .datasource(PROMETHEUS)
    .query({ query: 'label_values(skald_oldest_in_flight_seconds, machine)', refId: 'machines' })
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc)
  if (!several) return variable
  return variable
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] })
}

/** Values of `label` that steps of the chosen machine have. */
export function stepVariable(label: 'step' | 'participant', of: string): QueryVariableBuilder {
  return new QueryVariableBuilder(label)
    .label(label === 'step' ? 'Step' : 'Participant')
    .datasource(PROMETHEUS)
    .query({ query: `label_values(skald_step_duration_seconds_count${of}, ${label})`, refId: `${label}s` })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] })
}
