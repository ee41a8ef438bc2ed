// Where Skald asks who calls: nothing is shown but the way in, to whoever has no token, or has one no more.
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { tokensFile } from '../kit/tokens.ts'
import { findingsOf } from './axe.ts'
import { openBrowser } from './browser.ts'
import { http } from '../kit/http.ts'
import { MAGASIN } from '../kit/shop.ts'
import { openStage } from '../kit/stage.ts'

t.setTimeout(300_000)

const access = await tokensFile(t, {
  anna: { roles: ['start', 'read', 'operate'] },
  ben: { roles: ['read'] },
  shop: { roles: ['start'] },
})
const stage = await openStage(t, {
  orchestrators: 2,
  settings: { ACCESS_TOKENS_FILE: access.path, STEP_TIMEOUT_MS: '60000', STEP_DEADLINE_MS: '90000' },
})
const { shop, stocks } = stage
const browser = await openBrowser(t)

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

const wayIn = (page: Page) => page.getByRole('heading', { name: 'Sign in' })
const signedInAs = (page: Page, name: string) => page.getByTitle(`Signed in as ${name}`)

async function tabAt(t: Pick<Test, 'teardown'>, hash = ''): Promise<Page> {
  const { page } = await browser.tab(t)
  page.setDefaultTimeout(30_000)
  await page.goto(`${stage.url}/inspector${hash}`)
  return page
}

async function begin(): Promise<string> {
  const headers = { authorization: `Bearer ${access.tokens.shop}` }
  const { body } = await shop.post(
    '/api/orchestrator/',
    { cart_id: await shop.cart(1), magasin_id: MAGASIN },
    { ...headers, prefer: 'respond-async' },
  )
  return body.saga_id
}

await shop.setStock(1_000)
stocks.hold('request')
const sagaId = await begin()

t.test('without a token nothing is shown but the way in, and a wrong one is told so', async (t) => {
  const page = await tabAt(t, `#saga=${sagaId}`)
  await wayIn(page).waitFor()
  t.notMatch(await page.locator('body').innerText(), sagaId)
  t.same(await findingsOf(page), [])
  await signIn(page, 'skald_of-nobody')
  await page.getByText('This token is not known here').waitFor()
  await signIn(page, access.tokens.shop)
  await page.getByText('takes a token with the role read').waitFor()
})

t.test('whoever may operate is the actor of what is done, and no script can read the token', async (t) => {
  const page = await tabAt(t, `#saga=${sagaId}`)
  await signIn(page, access.tokens.anna)
  await signedInAs(page, 'anna').waitFor()
  await page.getByRole('button', { name: 'Cancel saga …' }).click()
  await page.getByText('By anna.').waitFor()
  await page.getByLabel('Why?').fill('the customer called')
  await page.getByRole('button', { name: 'Cancel saga', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const headers = { authorization: `Bearer ${access.tokens.ben}` }
  const { body } = await http.get(`${stage.url}/api/sagas/${sagaId}/transitions`, { headers })
  t.match(JSON.stringify(body), '"actor":"anna","reason":"the customer called"')
  t.equal(await page.evaluate('document.cookie'), '')
  const [cookie] = await page.context().cookies()
  t.match(cookie, { name: 'skald_session', httpOnly: true, sameSite: 'Strict', path: '/' })
  t.match(await page.evaluate('Object.values(localStorage).join()'), /^(?!.*skald_)/)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await wayIn(page).waitFor()
  t.same(await page.context().cookies(), [])
})

t.test('whoever may only read is offered no verb, and is let go when the token is revoked', async (t) => {
  const page = await tabAt(t)
  await signIn(page, access.tokens.ben)
  await page.getByText('live', { exact: true }).waitFor()
  await page.getByRole('navigation', { name: 'Sagas' }).locator(`a[href*="${sagaId}"]`).click()
  await page.getByRole('slider', { name: 'Transition' }).waitFor()
  t.equal(await page.getByRole('group', { name: 'What can be done' }).count(), 0)
  // The page asks for nothing while nothing moves: it is its stream that ends.
  await access.revoke('ben')
  await wayIn(page).waitFor()
})
