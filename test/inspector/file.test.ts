// A file that somebody exported is looked at with no server at all; one that is none is refused in words.
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { http } from '../kit/http.ts'
import { openBrowser } from './browser.ts'
import { openStage } from '../kit/stage.ts'

t.setTimeout(300_000)

const stage = await openStage(t)
const [orchestrator] = stage.orchestrators
if (orchestrator === undefined) throw new Error('there is no orchestrator')
const { shop } = stage
await shop.setStock(10)
const done = (await shop.order(await shop.cart(1))).body.saga_id
const failed = (await shop.order(await shop.cart(5_000))).body.saga_id

async function exported(sagaId: string): Promise<string> {
  const address = `${stage.url}/api/sagas/${sagaId}/export`
  return (await http.get(address, { responseType: 'text' })).body
}
const [doneText, failedText] = await Promise.all([exported(done), exported(failed)])

const browser = await openBrowser(t)
const { page, complaints } = await browser.tab(t)
page.setDefaultTimeout(20_000)
// Loaded when nothing else is to be done; later there would be nobody to ask.
const parts = ['opening-dialog', 'draw', 'saga-view', 'sequence', 'other-panel'].map(async (part) =>
  page.waitForEvent('requestfinished', (request) => request.url().includes(`/${part}-`)),
)
await page.goto(`${orchestrator.url}/inspector`)
await page
  .getByRole('main')
  .getByRole('button', { name: /^done 1 saga/ })
  .waitFor()
await Promise.all(parts)
const isFirst = async () => page.evaluate('globalThis.isFirst === true')
await page.evaluate('globalThis.isFirst = true')
await orchestrator.kill()
const asked: string[] = []
page.on('response', (response) => asked.push(response.url()))

/** As from a folder: what the page reads is a real file of a real drop. */
async function drop(name: string, content: string | Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    `((name, base64) => {
      const transfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      transfer.items.add(new File([bytes], name))
      return transfer
    })(${JSON.stringify(name)}, ${JSON.stringify(Buffer.from(content).toString('base64'))})`,
  )
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer })
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
}

const stateNamed = (name: string | RegExp) => page.getByRole('main').getByRole('button', { name })
const tab = async (name: string) => page.getByRole('tab', { name }).click()
const panel = page.getByRole('tabpanel')

t.test(
  'a dropped file shows its saga with no server: its chart, its path, and every moment of it',
  async (t) => {
    await drop('saga.json', failedText)
    await stateNamed('failed, failed').waitFor()
    await stateNamed('lock, undone').first().waitFor()
    await page.getByText('from a file').waitFor()
    t.match(page.url(), /#saga=file$/)
    await page.getByRole('slider', { name: 'Transition' }).focus()
    await page.keyboard.press('Home')
    await stateNamed('lock, here now').waitFor()
    await page.keyboard.press('ArrowRight')
    await stateNamed('reserve, here now').waitFor()
    await page.keyboard.press('End')
    await tab('Context')
    await panel.getByText('reservation_id').first().waitFor()
    await tab('Events')
    await panel.getByText('PANIER_VERROUILLE').waitFor()
    await tab('Services')
    await panel.getByRole('heading', { name: 'stocks' }).waitFor()
    t.equal(await page.getByRole('tab', { name: 'Replay' }).count(), 0)
    t.equal(await page.getByRole('button', { name: /Retry|Abandon/ }).count(), 0)
  },
)

t.test('the same under gzip', async () => {
  await drop('saga.json.gz', gzipSync(doneText))
  await stateNamed('done, done').waitFor()
})

t.test('of several sagas in a file one is chosen', async () => {
  await drop('archive.jsonl.gz', gzipSync(`${oneLine(doneText)}\n${oneLine(failedText)}\n`))
  const dialog = page.getByRole('dialog', { name: '2 sagas in archive.jsonl.gz' })
  await dialog.getByRole('button', { name: /failed/ }).click()
  await stateNamed('failed, failed').waitFor()
})

const oneLine = (text: string) => JSON.stringify(JSON.parse(text))
const changed = (text: string, members: object) => JSON.stringify({ ...JSON.parse(text), ...members })

// Beyond what fits a browser's memory, of which a small file may be packed.
const bomb = gzipSync(Buffer.alloc(300 * 1_048_576, ' '), { level: 1 })

const refused: readonly [what: string, content: string | Buffer, words: RegExp][] = [
  ['text that is no JSON', 'once upon a time', /not JSON/],
  ['a file that breaks off', doneText.slice(0, doneText.length / 2), /not JSON, or it breaks off/],
  ['a JSON file of something else', '{"name": "package"}', /no saga that Skald exported/],
  ['a number', '7', /no saga that Skald exported/],
  [
    'a file of a newer format',
    changed(doneText, { format: 'skald-saga/2' }),
    /skald-saga\/2, which a newer Skald wrote/,
  ],
  [
    'a saga with a member that is broken',
    changed(doneText, { transitions: [{ seq: 'x' }] }),
    /transitions\[0\].*must be/,
  ],
  ['gzip that breaks off', gzipSync(doneText).subarray(0, 300), /broken as gzip/],
  ['a small file that unpacks to a huge one', bomb, /more than 256 MB/],
  ['an empty file', '', /empty/],
]

for (const [what, content, words] of refused) {
  t.test(`${what} is refused in words, and the page goes on`, async (t) => {
    await drop('file', content)
    const dialog = page.getByRole('dialog', { name: 'file can not be opened' })
    t.match(await dialog.getByRole('alert').innerText(), words)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await dialog.waitFor({ state: 'detached' })
    t.ok(await stateNamed('failed, failed').isVisible(), 'what was open still is')
  })
}

t.test('a file that is cut within a later saga shows those before', async () => {
  await drop('cut.jsonl', `${oneLine(doneText)}\n${oneLine(failedText).slice(0, 500)}`)
  const dialog = page.getByRole('dialog', { name: '1 saga in cut.jsonl' })
  await dialog.getByText('Line 2 of the file is not JSON').waitFor()
  await dialog.getByRole('button', { name: /done/ }).click()
  await stateNamed('done, done').waitFor()
})

t.test('all of it was told by the page that was there, with nobody to ask', async (t) => {
  t.same(asked, [])
  t.equal(await isFirst(), true)
  const others = complaints.filter((complaint) => !complaint.includes('net::ERR_'))
  t.same(others, [])
})
