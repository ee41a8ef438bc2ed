// Everything that is drawn or alerted on is asked of a real Prometheus that scrapes a running system: two orchestrators,
// three participants; a saga that is done, one that failed, and one that is parked.
import t from 'tap'
import { shopWithTroubles } from '../cli/shop-with-troubles.ts'
import { debianTool } from '../kit/debian-tool.ts'
import { http } from '../kit/http.ts'
import { startOrchestratorAt } from '../kit/orchestrators.ts'
import { until } from '../kit/until.ts'
import { labelQueries, queries } from './dashboard-files.ts'
import { alerts, recorded, rules } from './prometheus-files.ts'
import { startPrometheus } from './prometheus.ts'

/** Only an alert would fill them. */
const isQuiet = (of: string) => of.endsWith(': Alerts that fire') || of.endsWith(': marks')

/** Names of metrics in an expression, as a scrape has them; not those that rules record. */
const metricsIn = (expr: string) =>
  [...expr.matchAll(/(?<![\w:])(?:skald|http|nodejs|process)_\w+/g)].map(([name]) =>
    name.replace(/_(?:bucket|count|sum)$/, ''),
  )

const namesIn = (scrape: string) => [...scrape.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)

const { path, skip } = await debianTool('prometheus')

t.test('a running system, and Prometheus beside it', { skip }, async (t) => {
  const { system, done } = await shopWithTroubles(t)
  const { shop, orchestrator, carts, stocks, produits, databaseUrl } = system
  const second = await startOrchestratorAt(t, {
    databaseUrl,
    name: 'second',
    settings: { CARTS_URL: carts.url, STOCKS_URL: stocks.url, PRODUITS_URL: produits.url },
  })
  const targets = {
    orchestrator: [orchestrator.url, second.url],
    carts: [carts.url],
    stocks: [stocks.url],
    produits: [produits.url],
  }
  const prometheus = await startPrometheus(t, path, targets)
  const value = async (expr: string) => {
    const [first] = await prometheus.query(expr)
    return first === undefined ? undefined : Number(first.value[1])
  }
  await until('a first scrape', async () => (await value('sum(up)')) === 5)
  // Counters are told by what they grew.
  const grown = [shop.order(await shop.cart(1)), shop.order(await shop.cart(99))]
  stocks.release()
  await Promise.all(grown)
  const least = 'min(sum by (outcome) (rate(skald_sagas_ended_total{machine="commande"}[1m])))'
  await until('both of them in a second one', async () => ((await value(least)) ?? 0) > 0)
  await until(
    'what is recorded of them',
    async () => ((await value('max(skald:sagas_not_done:ratio10m)')) ?? 0) > 0,
  )

  t.test('every metric that a panel or a rule names is in a scrape', async (t) => {
    const scrapes = await Promise.all(
      Object.values(targets)
        .flat()
        .map(async (url) => (await http.get(`${url}/metrics`, { responseType: 'text' })).body),
    )
    const there = new Set(scrapes.flatMap(namesIn))
    const named = new Set([...queries, ...rules].flatMap(({ expr }) => metricsIn(expr)))
    t.ok(named.size > 40)
    for (const name of named) t.ok(there.has(name), name)
  })

  t.test('every query of a panel is answered, and none is empty that should not be', async (t) => {
    for (const { of, expr } of queries) {
      const found = await prometheus.query(expr)
      t.ok(isQuiet(of) || found.length > 0, `${of}: ${expr}`)
    }
  })

  t.test('every variable has something to choose', async (t) => {
    for (const { of, selector, label } of labelQueries) {
      t.ok((await prometheus.labelValues(selector, label)).length > 0, of)
    }
  })

  t.test('every alert is judged, and every recorded name has a value', async (t) => {
    for (const { name, expr } of alerts) t.ok(await prometheus.query(expr), name)
    for (const name of recorded) t.ok((await prometheus.query(name)).length > 0, name)
  })

  t.test('what both orchestrators tell of the whole database is counted once', async (t) => {
    t.equal(await value('count(skald_partitions)'), 2)
    t.equal(await value('max(skald_partitions) - sum(skald_partitions_held)'), 0)
    t.equal(await value('count(skald:sagas_parked{machine="commande"})'), 1)
  })

  t.test('exemplars lead to sagas', async (t) => {
    const found = await prometheus.exemplars('skald_saga_duration_seconds_bucket')
    const sagas = found.map(({ labels }) => labels['saga_id'])
    t.ok(sagas.length > 0)
    for (const saga of new Set([...sagas, done])) {
      t.equal((await shop.saga(saga ?? '')).machine, 'commande')
    }
  })
})
