// Real Chromium, from npm: one for a file of tests, a context (its own storage, its own tabs) for each test.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sparticuz from '@sparticuz/chromium'
import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import type { Test } from 'tap'

/** Its sandbox needs rights that a container, or root, does not have; it only ever sees pages of the tests. */
const ARGS = [
  '--no-sandbox',
  '--headless=shell',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
]

interface Tab {
  readonly page: Page
  /** What the page said on its console as a warning or an error, or threw, in order. */
  readonly complaints: readonly string[]
}

export interface Browser {
  /** Closed at the end of `t`. */
  context(t: Pick<Test, 'teardown'>, options?: BrowserContextOptions): Promise<BrowserContext>
  /** A tab in a context of its own. */
  tab(t: Pick<Test, 'teardown'>, options?: BrowserContextOptions): Promise<Tab>
}

/** Ended with `t`, its process by its own id. `CHROMIUM` names another one than that of npm, which is for Linux alone. */
export async function openBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? (await sparticuz.executablePath())
  const profile = await mkdtemp(join(tmpdir(), 'skald-browser-'))
  const server = await chromium.launchServer({
    executablePath,
    args: ARGS,
    env: { ...process.env, HOME: profile },
  })
  const browser = await chromium.connect(server.wsEndpoint())
  t.teardown(async () => {
    await browser.close().catch(() => undefined)
    await server.kill()
    await rm(profile, { recursive: true, force: true })
  })
  const context = async (t: Pick<Test, 'teardown'>, options: BrowserContextOptions = {}) => {
    const opened = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    t.teardown(() => opened.close())
    return opened
  }
  return {
    context,
    async tab(t, options) {
      const page = await (await context(t, options)).newPage()
      return { page, complaints: complaintsOf(page) }
    },
  }
}

/** Collected from now on. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return complaints
}
