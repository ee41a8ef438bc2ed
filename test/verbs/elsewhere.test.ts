// Verbs for sagas that another orchestrator drives: whoever is asked, they are heard by the owner.
import t from 'tap'
import { startOrchestratorAt } from '../kit/orchestrators.ts'
import { until } from '../kit/until.ts'
import { Floor } from './floor.ts'
import { play } from './play.ts'
import { situationsOf } from './situations.ts'

const floor = await Floor.open(t)
const { databaseUrl, carts, stocks, produits } = floor.system
const settings = { CARTS_URL: carts.url, STOCKS_URL: stocks.url, PRODUITS_URL: produits.url }
const other = await startOrchestratorAt(t, { databaseUrl, name: 'other', settings })
await until('it has its share', async () => (await other.metric('skald_partitions_held')) === 32)

const names = new Set([
  'doing.reserve',
  'undoing.reserve',
  'parked in undoing.reserve',
  'parked in doing.create',
  'done',
])
for (const situation of situationsOf('2').filter(({ name }) => names.has(name))) {
  await t.test(`what each verb does to a saga of another orchestrator in ${situation.name}`, async (t) => {
    // An orchestrator begins sagas in partitions of its own: these are not the other one's.
    await play(t, floor, situation, other.url)
  })
}
