import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import Value from 'typebox/value'
import { parse } from 'yaml'
import { dashboards, written } from '../../deploy/grafana/dashboards.ts'
import { SagaFilterBody } from '../../orchestrator/api/saga-filter.ts'
import { hashOf, read } from '../../orchestrator/inspector/page/hash.ts'
import { dashboardFiles, panelsOf, writtenDashboards, type Panel } from './dashboard-files.ts'
import { alerts } from './prometheus-files.ts'

const provisioning = join(import.meta.dirname, '../../deploy/grafana/provisioning')
const provisioned = (file: string): unknown => parse(readFileSync(join(provisioning, file), 'utf8'))

t.test('the dashboards are what the code writes: run "npm run dashboards" and commit it', async (t) => {
  const made = await dashboards()
  t.same(new Set(dashboardFiles.keys()), new Set(Object.keys(made)))
  for (const [name, dashboard] of Object.entries(made)) {
    t.ok(dashboardFiles.get(name) === (await written(dashboard)), name)
  }
})

t.test(
  'every panel has an id of its own, a title, words, and the data source that is provisioned',
  async (t) => {
    const { datasources } = provisioned('datasources/prometheus.yml') as { datasources: { uid: string }[] }
    const uids = new Set(datasources.map(({ uid }) => uid))
    t.equal(new Set(writtenDashboards.map(({ uid }) => uid)).size, writtenDashboards.length)
    for (const dashboard of writtenDashboards) {
      const panels = panelsOf(dashboard)
      t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, dashboard.title)
      for (const { type, title, description, datasource, targets = [] } of panels) {
        const name = `${dashboard.title}: ${title}`
        if (type === 'row' || type === 'text') continue
        t.ok(title && description, `${name} says what it is`)
        t.ok(uids.has(datasource?.uid ?? ''), name)
        t.ok(targets.length > 0, `${name} asks for something`)
        for (const target of targets) t.ok(uids.has(target.datasource?.uid ?? ''), `${name} ${target.refId}`)
        t.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, name)
      }
    }
  },
)

const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel) =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

t.test('no panel lies over another one, or leaves the grid', async (t) => {
  for (const { title, panels } of writtenDashboards) {
    for (const [index, panel] of panels.entries()) {
      t.ok(panel.gridPos.x + panel.gridPos.w <= 24, `${title}: ${panel.title}`)
      const over = panels.slice(index + 1).filter((other) => overlap(panel, other))
      t.same(
        over.map((other) => other.title),
        [],
        `${title}: ${panel.title}`,
      )
    }
  }
})

/** What a click would put in: a state, a machine, a step as they are called. */
const clicked = (url: string) =>
  url
    .replaceAll(/\$\{__(?:field\.labels|data\.fields)\.status[^}]*\}/g, 'parked')
    .replaceAll(/\$\{(?!skald|__url_time_range)[^}]*\}/g, 'one')

const linksOf = ({ fieldConfig, options }: Panel) => [
  ...(fieldConfig?.defaults?.links ?? []).map(({ url = '' }) => url),
  ...[...(options?.content ?? '').matchAll(/\]\(([^)]*)\)/g)].map(([, url = '']) => url),
]

t.test('a link into the inspector is a filter that its list knows', async (t) => {
  const links = writtenDashboards
    .flatMap(panelsOf)
    .flatMap(linksOf)
    .filter((url) => url.includes('/inspector#'))
  t.ok(links.length > 20)
  for (const url of links) {
    t.ok(url.startsWith('${skald:raw}/inspector#'), url)
    const hash = clicked(url.slice(url.indexOf('#')))
    const filter = read(hash)
    t.equal(decodeURIComponent(hashOf(filter)).length, decodeURIComponent(hash).length, `all of ${hash}`)
    t.same([...Value.Errors(SagaFilterBody, filter)], [], hash)
  }
})

t.test('alerts lead to the inspector and to a dashboard in the same way', async (t) => {
  const uids = new Set(writtenDashboards.map(({ uid }) => `/d/${uid}`))
  for (const { name, annotations } of alerts) {
    t.ok(uids.has(annotations['dashboard'] ?? ''), name)
    const { inspector } = annotations
    if (inspector === undefined) continue
    t.ok(inspector.startsWith('/inspector#'), name)
    const filter = read(inspector.slice(inspector.indexOf('#')).replaceAll(/\{\{.*?\}\}/g, 'one'))
    t.not(Object.keys(filter).length, 0)
    t.same([...Value.Errors(SagaFilterBody, filter)], [], name)
  }
})

t.test('a link from one dashboard to another finds it, and sets a variable that it has', async (t) => {
  const links = writtenDashboards.flatMap(panelsOf).flatMap(linksOf)
  const toDashboards = links.filter((url) => url.startsWith('/d/'))
  t.ok(toDashboards.length > 0)
  for (const url of toDashboards) {
    const [, uid = '', query = ''] = /^\/d\/([^?]+)\??(.*)$/.exec(url) ?? []
    const found = writtenDashboards.find((dashboard) => dashboard.uid === uid)
    t.ok(found, url)
    const names = found?.templating.list.map(({ name }) => name) ?? []
    for (const [, name = ''] of query.matchAll(/var-(\w+)=/g)) t.ok(names.includes(name), url)
  }
  for (const { title, links: shown, tags } of writtenDashboards) {
    t.same(tags, ['skald'], title)
    t.ok(
      shown.some(({ tags: asked = [] }) => asked.includes('skald')),
      `${title} leads to the others`,
    )
  }
})

t.test('every variable that a query names is one of its dashboard, or of Grafana', async (t) => {
  for (const { title, templating, ...dashboard } of writtenDashboards) {
    const known = new Set(['__rate_interval', '__range', ...templating.list.map(({ name }) => name)])
    const exprs = panelsOf(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    for (const expr of exprs) {
      for (const [, name = ''] of expr.matchAll(/\$\{?(\w+)/g)) t.ok(known.has(name), `${title}: ${expr}`)
    }
  }
})

t.test('Grafana looks for dashboards where compose.yaml puts them', async (t) => {
  const { providers } = provisioned('dashboards/skald.yml') as { providers: { options: { path: string } }[] }
  const compose = readFileSync(join(import.meta.dirname, '../../compose.yaml'), 'utf8')
  for (const { options } of providers) {
    t.ok(compose.includes(`./deploy/grafana/dashboards:${options.path}:ro`), options.path)
  }
})
