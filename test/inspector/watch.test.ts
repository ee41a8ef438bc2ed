// Somebody watches, repairs and goes back in time, on a page that is never loaded again: real orchestrators behind the
// gateway, one of them killed, and real Chromium.
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { http } from '../kit/http.ts'
import { BY_TEST } from '../kit/shop.ts'
import { until } from '../kit/until.ts'
import { openBrowser } from './browser.ts'
import { openStage } from '../kit/stage.ts'

t.setTimeout(300_000)

// Generous, for two busy cores: what is held is to be seen where it is held.
const stage = await openStage(t, {
  orchestrators: 2,
  settings: { STEP_TIMEOUT_MS: '60000', STEP_DEADLINE_MS: '90000', STEP_RETRIES: '0' },
})
const { shop, stocks, produits } = stage
const browser = await openBrowser(t)

/** A tab that would tell if it was loaded again. */
async function tabAt(
  t: Pick<Test, 'teardown'>,
  hash = '',
): Promise<{ page: Page; complaints: readonly string[] }> {
  const { page, complaints } = await browser.tab(t)
  page.setDefaultTimeout(30_000)
  await page.goto(`${stage.url}/inspector${hash}`)
  await page.evaluate('globalThis.isFirst = true')
  return { page, complaints }
}

const isFirst = (page: Page) => page.evaluate('globalThis.isFirst === true')

async function begin(): Promise<string> {
  const { body } = await shop.order(await shop.cart(1), { prefer: 'respond-async' })
  return body.saga_id
}

const rows = (page: Page) => page.getByRole('navigation', { name: 'Sagas' })
const rowOf = (page: Page, sagaId: string) => rows(page).locator(`a[href*="${sagaId}"]`)
const stateNamed = (page: Page, name: string | RegExp) => page.getByRole('main').getByRole('button', { name })

await shop.setStock(1_000)

t.test('a saga begins, moves and ends before one who does not touch the page', async (t) => {
  const { page, complaints } = await tabAt(t)
  await page.getByText('live', { exact: true }).waitFor()
  stocks.hold('request')
  const sagaId = await begin()
  await rowOf(page, sagaId).getByRole('img', { name: 'running' }).waitFor()
  await stateNamed(page, /^reserve 1 saga/).waitFor()
  await rowOf(page, sagaId).click()
  await stateNamed(page, 'lock, done').waitFor()
  await stateNamed(page, 'reserve, here now').waitFor()
  stocks.release()
  await stateNamed(page, 'done, done').waitFor()
  await rowOf(page, sagaId).getByRole('img', { name: 'done' }).waitFor()
  t.equal(await isFirst(page), true)
  t.same(complaints, [])
})

t.test('an orchestrator is killed, and the page shows how another one goes on', async (t) => {
  const { page } = await tabAt(t, '#status=running')
  stocks.hold('request')
  const sagaIds = await Promise.all(Array.from({ length: 12 }, begin))
  for (const sagaId of sagaIds) await rowOf(page, sagaId).waitFor()
  const [first] = stage.orchestrators
  if (first === undefined) throw new Error('there is no orchestrator')
  const { body } = await http.get(`${first.url}/metrics`, { responseType: 'text' })
  t.match(body, /^skald_sagas_in_flight\{[^}]*\} [1-9]/m, 'it drove some of them')
  await first.kill()
  stocks.release()
  await page.getByRole('button', { name: /^running 0$/ }).waitFor()
  for (const sagaId of sagaIds) {
    const saga = await until('it has ended', async () => {
      const found = await shop.saga(sagaId)
      return ['done', 'failed'].includes(found.status) && found
    })
    t.match(saga.status, /done|failed/)
  }
  t.equal(await isFirst(page), true)
  await first.comeBack()
  await page.getByText('live', { exact: true }).waitFor()
})

t.test('what is parked is sent on from the page, by a name and for a reason', async (t) => {
  produits.hold('answer')
  const sagaId = await begin()
  await until('create is called', async () => (await shop.saga(sagaId)).state === 'doing.create')
  await produits.stop()
  produits.release()
  const { page } = await tabAt(t, '#status=parked')
  await rowOf(page, sagaId).click()
  await page.getByRole('button', { name: 'Retry …' }).click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByText(/reserve/)
    .first()
    .waitFor()
  await dialog.getByLabel(/Who/).fill(BY_TEST.actor)
  await dialog.getByLabel(/Why/).fill('produits is back')
  // Not just before it would go on by itself.
  await until('parked for a while', async () => {
    const { status, next_timer_at } = await shop.saga(sagaId)
    return status === 'parked' && Date.parse(next_timer_at ?? '') - Date.now() > 2_500
  })
  await produits.start()
  await dialog.getByRole('button', { name: 'Retry', exact: true }).click()
  await stateNamed(page, 'failed, failed').waitFor()
  const deeds = (await shop.transitions(sagaId)).filter(({ event }) => event.type === 'skald.retry')
  t.match(deeds, [{ event: { actor: BY_TEST.actor, reason: 'produits is back' } }])
  await page.getByRole('tab', { name: 'Audit' }).click()
  await page.getByRole('tabpanel').getByText('produits is back').waitFor()
  t.equal(await isFirst(page), true)
})

t.test('one goes back in time, and a link shows a colleague the same moment', async (t) => {
  const { body } = await shop.order(await shop.cart(5_000))
  const { page } = await tabAt(t, `#saga=${body.saga_id}`)
  await stateNamed(page, 'failed, failed').waitFor()
  await page.getByRole('slider', { name: 'Transition' }).focus()
  await page.keyboard.press('Home')
  await stateNamed(page, 'lock, here now').waitFor()
  await page.keyboard.press('ArrowRight')
  await stateNamed(page, 'reserve, here now').waitFor()
  t.match(page.url(), /[#&]at=1/)
  const colleague = await tabAt(t, new URL(page.url()).hash)
  await stateNamed(colleague.page, 'reserve, here now').waitFor()
  t.equal(await colleague.page.getByRole('slider', { name: 'Transition' }).inputValue(), '1')
  t.equal(await page.getByRole('status').filter({ hasText: 'live' }).count(), 1)
  await page.keyboard.press('End')
  await stateNamed(page, 'lock, undone').first().waitFor()
})

t.test('a click on a state lists the sagas that stand there; Back takes it away', async (t) => {
  const { page } = await tabAt(t)
  await stateNamed(page, /^done \d+ saga/).click()
  t.match(page.url(), /state=DONE/)
  // Until the list is another one: the one before had both.
  await rows(page).getByRole('img', { name: 'failed', exact: true }).first().waitFor({ state: 'detached' })
  await rows(page).getByRole('img', { name: 'done' }).first().waitFor()
  await page.goBack()
  t.notMatch(page.url(), /state=/)
})
