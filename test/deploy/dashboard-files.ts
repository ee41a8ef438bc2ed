// The dashboards as they are written, as their tests read them.
import { readFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardFolder } from '../../deploy/grafana/dashboards.ts'

interface Target {
  readonly refId: string
  readonly expr: string
  readonly exemplar?: boolean
  readonly datasource?: { readonly uid: string }
}

interface Link {
  readonly title: string
  readonly url?: string
  readonly tags?: readonly string[]
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly Target[]
  readonly panels?: readonly Panel[]
  readonly options?: { readonly content?: string }
  readonly fieldConfig?: { readonly defaults?: { readonly links?: readonly Link[] } }
}

export interface WrittenDashboard {
  readonly uid: string
  readonly title: string
  readonly tags: readonly string[]
  readonly links: readonly Link[]
  readonly panels: readonly Panel[]
  readonly annotations: { readonly list: readonly { readonly expr: string }[] }
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly query: string | { readonly query: string }
    }[]
  }
}

export const dashboardFiles: ReadonlyMap<string, string> = new Map(
  globSync('*.json', { cwd: dashboardFolder }).map((name) => [
    name,
    readFileSync(join(dashboardFolder, name), 'utf8'),
  ]),
)

export const writtenDashboards: readonly WrittenDashboard[] = [...dashboardFiles.values()].map(
  (text) => JSON.parse(text) as WrittenDashboard,
)

/** Those inside of rows too. */
export const panelsOf = ({ panels }: Pick<WrittenDashboard, 'panels'>): readonly Panel[] =>
  panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])

export interface Asked {
  /** `dashboard: panel`, for who reads a failure. */
  readonly of: string
  readonly expr: string
}

/** What stands for variables of Grafana, in a system of which there is one machine. */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [/\$__rate_interval/g, '1m'],
  [/\$__range/g, '1h'],
  [/"\$machine"/g, '"commande"'],
  [/"\$step"/g, '"reserve"'],
  [/"\$participant"/g, '".*"'],
]

const interpolated = (expr: string) =>
  VARIABLES.reduce((text, [variable, value]) => text.replace(variable, value), expr)

export const queries: readonly Asked[] = writtenDashboards.flatMap((dashboard) => [
  ...panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ of: `${dashboard.title}: ${title}`, expr: interpolated(expr) })),
  ),
  ...dashboard.annotations.list.map(({ expr }) => ({ of: `${dashboard.title}: marks`, expr })),
])

/** Of variables: which series are asked for the values of which label. */
export const labelQueries = writtenDashboards.flatMap(({ title, templating }) =>
  templating.list.flatMap(({ name, query }) => {
    const text = typeof query === 'string' ? query : query.query
    const found = /^label_values\((.*), (\w+)\)$/.exec(text)
    if (!found) return []
    const [, selector = '', label = ''] = found
    return [{ of: `${title}: $${name}`, selector: interpolated(selector), label }]
  }),
)
