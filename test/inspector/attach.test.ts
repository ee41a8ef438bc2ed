// The page of attached machines in a real browser, opened by the real @statelyai/inspect.
import { createWebSocketInspector } from '@statelyai/inspect'
import { createInspectorServer } from '@statelyai/inspect/server'
import getPort from 'get-port'
import type { Frame, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createActor, createMachine } from 'xstate'
import { freshDatabase } from '../kit/database.ts'
import { startOrchestratorAt } from '../kit/orchestrators.ts'
import { until } from '../kit/until.ts'
import { serveApp } from './attached-app.ts'
import { findingsOf } from './axe.ts'
import { complaintsOf, openBrowser } from './browser.ts'

const { url: databaseUrl } = await freshDatabase(t)
const orchestrator = await startOrchestratorAt(t, { databaseUrl, name: 'inspector' })
const browser = await openBrowser(t)
const app = await serveApp(t)
const attachUrl = `${orchestrator.url}/inspector/attach`

/** The app, and the page that it opened. */
async function attachedByWindow(t: Test, url = attachUrl, options = {}) {
  const { page } = await browser.tab(t, options)
  await page.goto(app.at(url, 'window'))
  const opened = page.waitForEvent('popup')
  await page.click('#start')
  const inspector = await opened
  return { page, inspector, complaints: complaintsOf(inspector) }
}

/** Another window of the app, which posts what a test says. */
async function openedByHand(t: Test, url = attachUrl) {
  const { page } = await browser.tab(t)
  await page.goto(app.at(url, 'window'))
  const opened = page.waitForEvent('popup')
  await page.click('#open')
  const inspector = await opened
  await inspector.waitForSelector('.attach')
  const post = (messages: readonly unknown[]) =>
    page.evaluate((all) => {
      const { opened } = globalThis as unknown as { opened: { postMessage(data: unknown, to: string): void } }
      for (const one of all) opened.postMessage(one, '*')
    }, messages)
  return { page, inspector, post, complaints: complaintsOf(inspector) }
}

const send = (page: Page, type: string) => page.evaluate(`send(${JSON.stringify(type)})`)

/** States that are lit, in the order of the chart. */
async function litStates(page: Page | Frame): Promise<string[]> {
  const states = await page
    .locator('.chart-box.is-current')
    .evaluateAll((boxes) =>
      boxes.map((box) => (box as unknown as { dataset: { state?: string } }).dataset.state ?? ''),
    )
  return states.toSorted()
}

const untilLit = (page: Page | Frame, ...states: string[]) =>
  until(`${states.join(' and ')} are lit`, async () => {
    return JSON.stringify(await litStates(page)) === JSON.stringify(states.toSorted())
  })

/** Of that type exactly. */
const entryOf = (page: Page, type: string) =>
  page.locator('.attach-log summary').filter({ has: page.locator(`code:text-is("${type}")`) })

const PLAYING = ['playing', 'playing.screen', 'playing.screen.dim', 'playing.sound', 'playing.sound.loud']

t.test('an app that opens it in a window sees its machine on a chart, live', async (t) => {
  const { page, inspector, complaints } = await attachedByWindow(t)
  await untilLit(inspector, 'idle')
  await send(page, 'PLAY')
  await untilLit(inspector, ...PLAYING)
  await send(page, 'MUTE')
  await untilLit(inspector, ...PLAYING.slice(0, 4), 'playing.sound.mute')
  const log = await inspector.locator('.attach-log summary').allTextContents()
  t.match(log.join('\n'), /MUTE → playing\.screen\.dim, playing\.sound\.mute\n.*PLAY/)
  await entryOf(inspector, 'PLAY').click()
  t.match(await inspector.locator('.attach-log pre').textContent(), /"by": "test"/)
  t.match(await inspector.getByRole('region', { name: 'Context', exact: true }).textContent(), /"plays": 1/)
  const rows = await inspector.locator('.attach-row').allTextContents()
  t.match(rows, [/player/, /stream.*no machine/])
  await send(page, 'END')
  await until('its end', async () =>
    (await inspector.locator('.attach-head').textContent())?.includes('done'),
  )
  t.strictSame(complaints, [], 'and the policy of the page lets all of that happen')
})

t.test('an app that shows it in a frame too', async (t) => {
  const { page } = await browser.tab(t)
  await page.goto(app.at(attachUrl, 'frame'))
  await page.click('#start')
  const frame = await until('the frame', async () => page.frames().find((frame) => frame.url() === attachUrl))
  await untilLit(frame, 'idle')
  await send(page, 'PLAY')
  await untilLit(frame, ...PLAYING)
  t.match(await frame.locator('.attach-row').allTextContents(), [/player/, /stream/])
})

t.test('an app in Node is seen by the relay of the package', async (t) => {
  const port = await getPort()
  const relay = createInspectorServer({ port, url: attachUrl, autoOpen: false })
  t.teardown(() => relay.stop())
  const inspector = createWebSocketInspector({ url: `ws://localhost:${port}` })
  t.teardown(() => inspector.stop())
  const machine = createMachine({
    id: 'lamp',
    initial: 'off',
    states: { off: { on: { PRESS: 'on' } }, on: {} },
  })
  const actor = createActor(machine, { inspect: inspector.inspect }).start()
  const { page } = await browser.tab(t)
  await page.goto(`http://localhost:${port}`)
  const frame = await until('the frame', async () => page.frames().find((frame) => frame.url() === attachUrl))
  await untilLit(frame, 'off')
  actor.send({ type: 'PRESS' })
  await untilLit(frame, 'on')
  t.strictSame(await frame.locator('.attach-name').allTextContents(), ['lamp'])
})

t.test('who comes late hears again what the app kept, once', async (t) => {
  const { page, inspector } = await attachedByWindow(t)
  await send(page, 'PLAY')
  await untilLit(inspector, ...PLAYING)
  await inspector.reload()
  await untilLit(inspector, ...PLAYING)
  t.equal(await entryOf(inspector, 'PLAY').count(), 1)
})

t.test('messages of an origin that no setting names are not taken, nor its frames shown', async (t) => {
  const strict = await startOrchestratorAt(t, {
    databaseUrl,
    name: 'strict',
    settings: { INSPECTOR_ATTACH_ORIGINS: 'https://shop.example' },
  })
  const { inspector } = await attachedByWindow(t, `${strict.url}/inspector/attach`)
  const notice = inspector.locator('.attach-refused')
  await notice.waitFor()
  t.match(await notice.textContent(), new RegExp(`Messages of ${app.origin} were not taken`))
  t.equal(await inspector.locator('.attach-row').count(), 0)
  const { page, complaints } = await browser.tab(t)
  await page.goto(app.at(`${strict.url}/inspector/attach`, 'frame'))
  await page.click('#start')
  await until('the browser refuses the frame', async () =>
    complaints.some((text) => /frame-ancestors/.test(text)),
  )
  await strict.close()
})

const version = { _version: '0.7.2', id: null, rootId: 'a' }
const config = { id: 'm', initial: 'on', states: { on: {}, off: {} } }
const registration = (sessionId: string, parentId?: string, definition = JSON.stringify(config)) => {
  const snapshot = { status: 'active', value: 'on', context: {} }
  const common = { ...version, sessionId, createdAt: '1800000000000' }
  return { type: '@xstate.actor', ...common, name: sessionId, parentId, definition, snapshot }
}
const event = (sessionId: string, type: string, at = 1_800_000_000_001, more: object = {}) => ({
  type: '@xstate.event',
  ...version,
  sessionId,
  createdAt: String(at),
  event: { type, ...more },
})

t.test('anything may come: what is no message of the protocol is passed over', async (t) => {
  const { inspector, post, complaints } = await openedByHand(t)
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
  await post([
    null,
    7,
    'text',
    [],
    {},
    { type: '@xstate.actor' },
    { type: '@xstate.unknown', ...version, sessionId: 'a' },
    { type: '@xstate.microstep', ...version, sessionId: 'a' },
    { type: '@xstate.actor', ...version, sessionId: 7 },
    { type: '@xstate.snapshot', ...version, sessionId: 'early', snapshot: 'none', event: [] },
    registration('broken', undefined, '{"states":'),
    registration('plain', undefined, '{"id":"plain"}'),
    registration('no states', undefined, '{"id":"m","states":{}}'),
    registration('circle', 'ring'),
    registration('ring', 'circle'),
    registration('self', 'self'),
    { ...registration(hostile), name: hostile },
    event(hostile, hostile, undefined, { [hostile]: hostile }),
    registration('odd chart', undefined, '{"states":{"a":{"on":{"X":"nowhere"},"invoke":7,"states":[1]}}}'),
    { ...event('last', 'LAST'), createdAt: 'yesterday' },
  ])
  await until(
    'the last one',
    async () => (await inspector.locator('.attach-row', { hasText: 'last' }).count()) === 1,
  )
  const names = await inspector.locator('.attach-name').allTextContents()
  t.strictSame(
    new Set(names),
    new Set([
      'early',
      'broken',
      'plain',
      'no states',
      'circle',
      'ring',
      'self',
      hostile,
      'odd chart',
      'last',
    ]),
  )
  for (const name of ['odd chart', 'self', 'broken', hostile]) {
    await inspector.locator('.attach-row', { hasText: name }).click()
    await inspector.locator('.attach-head h2', { hasText: name }).waitFor()
  }
  await inspector.locator('.attach-log summary').click()
  t.strictSame(complaints, [])
})

t.test('what comes twice is told once, but for two alike of one moment', async (t) => {
  const { inspector, post } = await openedByHand(t)
  const story = [
    registration('a'),
    event('a', 'ONE'),
    event('a', 'ONE'),
    event('a', 'TWO', 1_800_000_000_002),
  ]
  await post(story)
  await post(story)
  await post([event('a', 'LAST', 1_800_000_000_003)])
  const types = inspector.locator('.attach-log summary code')
  await until('the last', async () => (await types.first().textContent()) === 'LAST')
  t.strictSame(await types.allTextContents(), ['LAST', 'TWO', 'ONE', 'ONE'])
})

t.test('ten thousand messages and a thousand actors leave it usable, and the newest there', async (t) => {
  const { inspector, post } = await openedByHand(t)
  const events = Array.from({ length: 10_000 }, (_, n) => event('busy', `E${n}`, 1_800_000_000_000 + n))
  await post([registration('busy'), ...events])
  await until('the newest event', async () => {
    const first = inspector.locator('.attach-log summary code').first()
    return (await first.count()) === 1 && (await first.textContent()) === 'E9999'
  })
  t.equal(await inspector.locator('.attach-log li').count(), 100)
  for (let page = 0; page < 4; page += 1) await inspector.getByRole('button', { name: 'Show older' }).click()
  t.equal(await inspector.locator('.attach-log li').count(), 500)
  t.match(await inspector.locator('.attach-facts').textContent(), /9,500 older events forgotten/)
  await post(Array.from({ length: 1_000 }, (_, n) => registration(`actor-${n}`)))
  await until('the newest actor', async () => {
    return (await inspector.locator('.attach-name').first().textContent()) === 'actor-999'
  })
  t.equal(await inspector.locator('.attach-row').count(), 200)
  t.match(
    await inspector.locator('.attach-list').textContent(),
    /300 older actors not listed.*501 actors forgotten/,
  )
})

t.test('a large payload is told by its length', async (t) => {
  const { inspector, post } = await openedByHand(t)
  await post([registration('a'), event('a', 'BIG', undefined, { text: 'x'.repeat(5_000_000) })])
  await inspector.locator('.attach-log summary').click()
  t.match(await inspector.locator('.attach-log pre').textContent(), /"left_out_characters": 5000002/)
})

t.test('opened by nobody it says how to attach', async (t) => {
  const { page, complaints } = await browser.tab(t)
  await page.goto(attachUrl)
  t.match(
    await page.locator('main').textContent(),
    new RegExp(`createBrowserInspector\\({ url: '${attachUrl}' }\\)`),
  )
  t.match(await page.getByRole('status').textContent(), /nothing attached/)
  t.strictSame(complaints, [])
})

t.test('axe finds nothing, in either theme, on a wide screen or a narrow one', async (t) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1440, 360]) {
      const viewport = { width, height: 800 }
      const { page, inspector } = await attachedByWindow(t, attachUrl, { colorScheme, viewport })
      await send(page, 'PLAY')
      await untilLit(inspector, ...PLAYING)
      await inspector.setViewportSize(viewport)
      await inspector.locator('.attach-log summary').first().click()
      t.strictSame(await findingsOf(inspector), [], `${colorScheme} ${width}`)
      const wide = await inspector.evaluate('document.documentElement.scrollWidth - innerWidth')
      t.equal(wide, 0, 'nothing is cut off')
      const { page: nothing } = await browser.tab(t, { colorScheme, viewport })
      await nothing.goto(attachUrl)
      t.strictSame(await findingsOf(nothing), [], `nothing attached: ${colorScheme} ${width}`)
    }
  }
})

t.test('all of it can be done by keyboard', async (t) => {
  const { page, inspector } = await attachedByWindow(t)
  await send(page, 'PLAY')
  await untilLit(inspector, ...PLAYING)
  await inspector.locator('.attach-row').last().focus()
  await inspector.keyboard.press('Enter')
  await inspector.locator('.attach-head h2', { hasText: 'stream' }).waitFor()
  await inspector.keyboard.press('Shift+Tab')
  await inspector.keyboard.press('Enter')
  await inspector.locator('.attach-head h2', { hasText: 'player' }).waitFor()
  t.pass()
})
