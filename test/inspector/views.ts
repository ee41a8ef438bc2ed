// Every view of the page, over a shop in which everything has happened: what axe looks at, and what is photographed.
import type { Page } from 'playwright-core'
import type { Stage } from '../kit/stage.ts'
import { until } from '../kit/until.ts'

export interface Troubled {
  readonly done: string
  /** Refused, and undone. */
  readonly failed: string
  /** At a compensation of create, until produits is back. */
  readonly parked: string
}

/** A few sagas of each kind; produits is away when this is over. */
export async function trouble({ shop, stocks, produits }: Stage): Promise<Troubled> {
  await shop.setStock(1_000)
  const order = async (quantite: number, options = {}) =>
    (await shop.order(await shop.cart(quantite), options)).body.saga_id
  const [done] = await Promise.all(Array.from({ length: 9 }, () => order(2)))
  const [failed] = await Promise.all(Array.from({ length: 3 }, () => order(5_000)))
  produits.hold('answer')
  const parked = await order(1, { prefer: 'respond-async' })
  await until('create is called', async () => (await shop.saga(parked)).state === 'doing.create')
  await produits.stop()
  produits.release()
  await until('parked at its compensation', async () => (await shop.saga(parked)).state === 'parked.undoing')
  stocks.hold('request')
  await Promise.all(Array.from({ length: 4 }, () => order(1, { prefer: 'respond-async' })))
  if (done === undefined || failed === undefined) throw new Error('no saga was begun')
  return { done, failed, parked }
}

export interface View {
  readonly name: string
  readonly hash: string
  /** Until it shows what it is named for. */
  readonly open: (page: Page) => Promise<void>
}

const state = (page: Page, name: RegExp) => page.getByRole('main').getByRole('button', { name })
const seen = (name: RegExp) => (page: Page) => state(page, name).first().waitFor()

async function clicked(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name }).first().click()
  await page.getByRole('dialog').waitFor()
}

const TABS = ['transitions', 'context', 'snapshot', 'events', 'services', 'values', 'audit', 'replay']

export function viewsOf({ done, failed, parked }: Troubled): readonly View[] {
  return [
    { name: 'overview', hash: '', open: seen(/^done \d+ sagas/) },
    ...['entered', 'p95', 'errors'].map((show) => ({
      name: `overview-${show}`,
      hash: `#show=${show}`,
      open: seen(/^lock/),
    })),
    { name: 'list-of-a-state', hash: '#state=doing.reserve', open: seen(/^reserve \d+ saga/) },
    { name: 'list-of-nothing', hash: '#q=nobody', open: seen(/^lock/) },
    { name: 'saga-done', hash: `#saga=${done}`, open: seen(/^done, done/) },
    { name: 'saga-failed', hash: `#saga=${failed}`, open: seen(/^failed, failed/) },
    { name: 'saga-back-in-time', hash: `#saga=${failed}&at=1`, open: seen(/^reserve, here now/) },
    { name: 'saga-parked', hash: `#saga=${parked}`, open: seen(/^create \d+ tries, failed/) },
    ...TABS.map((tab) => ({
      name: `saga-${tab}`,
      hash: `#saga=${failed}&tab=${tab}`,
      open: (page: Page) => page.getByRole('tabpanel').waitFor(),
    })),
    {
      name: 'saga-unknown',
      hash: '#saga=0197c0de-0000-7000-8000-000000000001',
      open: async (page) => page.getByText('There is no such saga').waitFor(),
    },
    {
      name: 'verb',
      hash: `#saga=${parked}`,
      open: async (page) => clicked(page, 'Retry …'),
    },
    { name: 'bulk', hash: '#status=parked', open: async (page) => clicked(page, /^Repair all/) },
    { name: 'help', hash: '', open: async (page) => clicked(page, 'Help') },
  ]
}
