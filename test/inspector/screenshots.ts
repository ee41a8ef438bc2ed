// `npm run screenshots`: every view of the page, in both themes, wide and narrow. Those of the README go to docs/.
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { OwnScope } from '../chaos/scope.ts'
import { startCluster, stopCluster } from '../kit/cluster.ts'
import { openBrowser } from './browser.ts'
import { openStage } from '../kit/stage.ts'
import { trouble, viewsOf } from './views.ts'

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url))
const README = new Map([
  ['overview-light', 'inspector-overview.png'],
  ['saga-parked-dark', 'inspector-saga.png'],
])
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 740 } }

const { values } = parseArgs({
  options: { folder: { type: 'string', default: 'screenshots' }, help: { type: 'boolean', default: false } },
})
if (values.help) {
  console.log('Takes pictures of every view of the inspector. Options: --folder FOLDER (screenshots)')
  process.exit()
}

const scope = new OwnScope()
try {
  scope.teardown(() => stopCluster())
  await startCluster()
  await mkdir(values.folder, { recursive: true })
  await mkdir(DOCS, { recursive: true })
  const stage = await openStage(scope, { settings: { STEP_TIMEOUT_MS: '60000', STEP_DEADLINE_MS: '90000' } })
  const browser = await openBrowser(scope)
  const views = viewsOf(await trouble(stage))
  const { page } = await browser.tab(scope, { reducedMotion: 'reduce' })
  for (const view of views) {
    await page.setViewportSize(SIZES.wide)
    await page.goto(`${stage.url}/inspector${view.hash}`)
    await view.open(page)
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const name = `${view.name}-${colorScheme}`
        const path = join(values.folder, size === 'wide' ? `${name}.png` : `${name}-narrow.png`)
        await page.screenshot({ path })
        const shown = README.get(name)
        if (size === 'wide' && shown !== undefined) await copyFile(path, join(DOCS, shown))
        console.log(path)
      }
    }
    if (await page.getByRole('dialog').isVisible()) await page.keyboard.press('Escape')
  }
} finally {
  await scope.end()
}
