// Whatever stands in a saga is text, on every view: nothing of it is executed, asked for, or makes the page wider.
import t, { type Test } from 'tap'
import { freshDatabase } from '../kit/database.ts'
import { http } from '../kit/http.ts'
import { startOrchestratorAt } from '../kit/orchestrators.ts'
import { scriptedServer } from '../kit/scripted-server.ts'
import { until } from '../kit/until.ts'
import { openBrowser } from './browser.ts'
import { hostileAnswer, hostileFile, hostileMachine, MACHINE, SEEN, WORDS } from './hostile-saga.ts'

t.setTimeout(300_000)

const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 360, height: 740 }
const TABS = ['Transitions', 'Context', 'Snapshot', 'Events', 'Services', 'In & out', 'Audit', 'Replay']

const { url: databaseUrl } = await freshDatabase(t)
const participant = await scriptedServer(t, hostileAnswer)
const orchestrator = await startOrchestratorAt(t, {
  databaseUrl,
  name: SEEN,
  settings: { CARTS_URL: participant.url, STOCKS_URL: participant.url, PRODUITS_URL: participant.url },
  seams: { machines: [hostileMachine()] },
})
const { url } = orchestrator
const standing = async (sagaId: string) => (await orchestrator.get(`/api/sagas/${sagaId}`)).body.status

async function begin(): Promise<string> {
  const path = `/api/sagas/${encodeURI(MACHINE)}`
  const { body } = await orchestrator.post(path, { name: WORDS }, { prefer: 'respond-async' })
  await until('it is parked', async () => (await standing(body.saga_id)) === 'parked')
  return body.saga_id
}
const [parked, failed] = await Promise.all([begin(), begin()])
await orchestrator.post(`/api/sagas/${failed}/cancel`, {
  actor: WORDS.slice(0, 200),
  reason: WORDS.slice(0, 1_000),
})
await until('it has failed', async () => (await standing(failed)) === 'failed')

const browser = await openBrowser(t)
// One tab for all of it: what one view let in would be at work in the next.
const { page, complaints } = await browser.tab(t)
page.setDefaultTimeout(20_000)
const asked: string[] = []
const dialogs: string[] = []
page.on('request', (request) => asked.push(request.url()))
page.on('dialog', (dialog) => {
  dialogs.push(dialog.message())
  void dialog.dismiss()
})
await page.addInitScript(`
  globalThis.refused = []
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
    refused.push([violatedDirective, blockedURI, sample].join(' ')))
`)

/** What only markup or a script that came with a saga could have made. */
const STRANGE = `
  [...document.querySelectorAll('body script, iframe, base, object, foreignObject, img, [onload], [onerror], [onclick]')]
    .map(({ outerHTML }) => outerHTML.slice(0, 200))
    .concat([...document.querySelectorAll('a')].map(({ href }) => href).filter((href) => /^javascript:/i.test(href)))
`

async function unharmed(t: Test, view: string): Promise<void> {
  t.equal(await page.evaluate('globalThis.isHit ?? ({}).isHit'), undefined, `${view}: nothing is executed`)
  t.same(await page.evaluate(STRANGE), [], `${view}: nothing is more than text`)
  t.same(await page.evaluate('refused'), [], `${view}: there is nothing for the policy to refuse`)
  await page.setViewportSize(NARROW)
  const width = await page.evaluate<number>('document.scrollingElement.scrollWidth')
  t.ok(width <= NARROW.width, `${view}: at 360 pixels nothing is wider than the screen`)
  await page.setViewportSize(WIDE)
}

const goTo = async (hash: string) => page.goto(`${url}/inspector${hash}`)
const seen = async (within: string) => page.locator(within).getByText(SEEN).first().waitFor()

t.test('in the overview and in the list it is text', async (t) => {
  await goTo('')
  await seen('.rows')
  await seen('main')
  await unharmed(t, 'overview')
  for (const show of ['entered', 'p95', 'errors']) {
    await goTo(`#show=${show}`)
    await seen('main')
    await unharmed(t, show)
  }
  await goTo(`#q=${encodeURIComponent(WORDS.slice(0, 200))}&state=${encodeURIComponent(SEEN)}`)
  await page.getByText('No saga matches').waitFor()
  await unharmed(t, 'a link with words of its own')
})

t.test('on every panel of a saga it is text', async (t) => {
  for (const sagaId of [parked, failed]) {
    await goTo(`#saga=${sagaId}`)
    await seen('.saga-head')
    await seen('.saga-chart')
    for (const tab of TABS) {
      await page.getByRole('tab', { name: tab }).click()
      const isAway = page.getByRole('tabpanel').getByText(/^(On its way|The participants are asked)/)
      await isAway.waitFor({ state: 'detached' })
      await page.evaluate(`document.querySelectorAll('details').forEach((details) => (details.open = true))`)
      await unharmed(t, tab)
    }
  }
})

t.test('in the dialogs of what can be done it is text', async (t) => {
  await goTo(`#saga=${parked}`)
  await page.getByRole('button', { name: 'Retry …' }).click()
  await page.getByRole('dialog').waitFor()
  await unharmed(t, 'retry')
  await page.keyboard.press('Escape')
  await goTo('#status=parked')
  await page.getByRole('button', { name: /^Repair all/ }).click()
  await page.getByRole('dialog').waitFor()
  await unharmed(t, 'bulk')
  await page.keyboard.press('Escape')
})

t.test('in a file it is text, also where Skald itself would not have written it', async (t) => {
  const { body } = await http.get(`${url}/api/sagas/${failed}/export`, { responseType: 'text' })
  for (const text of [body, hostileFile(body)]) {
    await goTo('')
    const file = {
      name: `${SEEN.replaceAll('/', '')}.json`,
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    }
    await page.locator('input[type=file]').setInputFiles(file)
    await seen('.saga-head')
    for (const tab of TABS.filter((name) => name !== 'Replay')) {
      await page.getByRole('tab', { name: tab }).click()
      await unharmed(t, `${tab} of a file`)
    }
  }
})

t.test('the page asks nobody else, and has nothing to complain of', async (t) => {
  const elsewhere = asked.filter((address) => !/^\/(inspector|api)(\/|$)/.test(pathIn(address)))
  t.same(elsewhere, [])
  t.same(complaints, [])
  t.same(dialogs, [])
})

function pathIn(address: string): string {
  const { origin, pathname } = new URL(address)
  return origin === url ? pathname : address
}

t.test('its headers let in nothing but its own files', async (t) => {
  const { headers } = await http.get(`${url}/inspector`, { responseType: 'text' })
  t.match(headers, {
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
      "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-cache',
  })
})
