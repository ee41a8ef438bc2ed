// WCAG 2.2 AA, by axe, of every view, in both themes, wide and narrow.
import t from 'tap'
import { findingsOf } from './axe.ts'
import { openBrowser } from './browser.ts'
import { openStage } from '../kit/stage.ts'
import { trouble, viewsOf } from './views.ts'

t.setTimeout(600_000)

const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 360, height: 740 }

/** The parts of the view of a saga whose content is higher than they are: it would lie on the next part. */
const OVERFLOWING = `[...document.querySelectorAll('.saga-head, .saga-strips, .saga-lanes, .panels, .sequence')]
  .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 2)
  .map(({ className }) => className)`

const stage = await openStage(t, { settings: { STEP_TIMEOUT_MS: '60000', STEP_DEADLINE_MS: '90000' } })
const browser = await openBrowser(t)
const views = viewsOf(await trouble(stage))
// One tab for all: a page that goes from view to view is what people have before them.
const { page, complaints } = await browser.tab(t)

for (const view of views) {
  t.test(`${view.name}: axe finds nothing`, async (t) => {
    await page.goto(`${stage.url}/inspector${view.hash}`)
    await view.open(page)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.same(await findingsOf(page), [], colorScheme)
    }
    await page.setViewportSize(NARROW)
    t.same(await findingsOf(page), [], '360 pixels wide')
    const width = await page.evaluate<number>('document.scrollingElement.scrollWidth')
    t.ok(width <= NARROW.width, 'nothing is cut off at the side')
    t.same(await page.evaluate<string[]>(OVERFLOWING), [], 'nothing lies on what is below it')
    await page.setViewportSize(WIDE)
    if (await page.getByRole('dialog').isVisible()) await page.keyboard.press('Escape')
  })
}

t.test('the page has nothing to complain of', async (t) => {
  // What a browser says of a saga that is not there.
  t.same(
    complaints.filter((complaint) => !complaint.includes('404')),
    [],
  )
})
