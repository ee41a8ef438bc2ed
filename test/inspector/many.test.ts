// Ten thousand sagas: each is counted and found, and few of them are in the page.
import type { Page } from 'playwright-core'
import pg from 'pg'
import t from 'tap'
import { copiesOf } from '../kit/old-sagas.ts'
import { until } from '../kit/until.ts'
import { openBrowser } from './browser.ts'
import { openStage } from '../kit/stage.ts'

t.setTimeout(300_000)

const DONE = 6_000
const FAILED = 2_800
const STANDING = 1_200
/** Drawn at once, of however many. */
const ROWS_MAX = 60

const stage = await openStage(t, { settings: { STEP_TIMEOUT_MS: '120000', STEP_DEADLINE_MS: '130000' } })
const { shop, stocks } = stage
const pool = new pg.Pool({ connectionString: stage.databaseUrl, max: 1 })
// The database may be dropped before it ends.
pool.on('error', () => undefined)
t.teardown(async () => {
  // Ten thousand that are made up need not be told again.
  await pool.query('truncate orchestrator.saga, orchestrator.transition, orchestrator.business_event')
  await pool.end()
})

await shop.setStock(1_000)
const done = (await shop.order(await shop.cart(1))).body.saga_id
const failed = (await shop.order(await shop.cart(5_000))).body.saga_id
stocks.hold('request')
const begin = async () => (await shop.order(await shop.cart(1), { prefer: 'respond-async' })).body.saga_id
const running = await begin()
const browser = await openBrowser(t)
const { page, complaints } = await browser.tab(t)
page.setDefaultTimeout(60_000)
const stateNamed = (page: Page, name: RegExp) => page.getByRole('main').getByRole('button', { name })
await page.goto(`${stage.url}/inspector`)
await stateNamed(page, /^reserve 1 saga/).waitFor()
await copiesOf({ pool }, done, DONE - 1)
await copiesOf({ pool }, failed, FAILED - 1)
// Nobody drives these, for whoever could has been told of none of them.
const standing = await copiesOf({ pool }, running, STANDING - 1)

const rows = page.getByRole('navigation', { name: 'Sagas' })
const row = (sagaId: string) => rows.locator(`a[data-saga="${sagaId}"]`)
const drawn = async () => rows.getByRole('listitem').count()
const scrollToEnd = async () =>
  page.evaluate(`{
    const frame = document.querySelector('.rows-frame')
    frame.scrollTop = frame.scrollHeight
  }`)

t.test('all are counted, on the chart and on the chips', async (t) => {
  await page.goto('about:blank')
  await page.goto(`${stage.url}/inspector`)
  await page.getByRole('button', { name: /^running 1,?200$/ }).waitFor()
  await page.getByRole('button', { name: /^failed 2,?800$/ }).waitFor()
  await page.getByRole('button', { name: /^done 6,?000$/ }).waitFor()
  await stateNamed(page, /^done 6,?000 sagas/).waitFor()
  await stateNamed(page, /^failed 2,?800 sagas/).waitFor()
  await stateNamed(page, /^reserve 1,?200 sagas/).waitFor()
  await rows.getByText(/^10,?000 sagas match$/).waitFor()
  t.ok((await drawn()) < ROWS_MAX)
})

t.test(
  'a click on a state lists those that stand there, and scrolling comes to the last of them',
  async (t) => {
    await stateNamed(page, /^reserve 1,?200 sagas/).click()
    await rows.getByText(/^1,?200 sagas match$/).waitFor()
    await until('all are loaded', async () => {
      await scrollToEnd()
      t.ok((await drawn()) < ROWS_MAX)
      return (await rows.locator(`[aria-setsize="${STANDING}"]`).count()) > 0
    })
    await scrollToEnd()
    await rows.locator(`[aria-posinset="${STANDING}"][aria-setsize="${STANDING}"]`).waitFor()
    await row(running).waitFor()
    t.equal(await rows.getByRole('img', { name: /done|failed/ }).count(), 0)
  },
)

t.test('one that begins meanwhile moves nothing, and is said to be there', async (t) => {
  const fresh = await begin()
  await rows.getByRole('button', { name: '1 new saga' }).waitFor()
  t.ok(await row(running).isVisible(), 'who reads at the end still does')
  await rows.getByRole('button', { name: '1 new saga' }).click()
  await row(fresh).waitFor()
  t.ok((await drawn()) < ROWS_MAX)
})

t.test('one is found by its id, and several by the key of their business', async () => {
  const search = rows.getByRole('searchbox')
  await search.fill(standing[500] ?? '')
  await row(standing[500] ?? '').waitFor()
  await rows.getByText('1 saga matches').waitFor()
  const { rows: found } = await pool.query<{ business_key: string }>(
    `update orchestrator.saga set business_key = 'one of its own' where saga_id = $1 returning business_key`,
    [standing[700]],
  )
  await search.fill(found[0]?.business_key ?? '')
  await row(standing[700] ?? '').waitFor()
  await rows.getByText('1 saga matches').waitFor()
})

t.test('the page has nothing to complain of', async (t) => {
  t.same(complaints, [])
})
