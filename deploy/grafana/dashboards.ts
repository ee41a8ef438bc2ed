// `npm run dashboards` writes the dashboards that Grafana is provisioned with. `--skald https://shop.example` makes links
// lead to a Skald that people reach elsewhere; `--out FOLDER` writes them somewhere else.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { format } from 'prettier'
import { oneMachine } from './one-machine.ts'
import { orchestrators } from './orchestrators.ts'
import { participants } from './participants.ts'
import { runbook } from './runbook.ts'
import { sagaHealth } from './saga-health.ts'

const SKALD = 'http://localhost:8000'
const runbookFile = join(import.meta.dirname, '../../docs/runbook.md')
export const dashboardFolder = join(import.meta.dirname, 'dashboards')

/** By the name of its file. */
export async function dashboards(skald = SKALD): Promise<Record<string, Dashboard>> {
  const builders = [
    sagaHealth(skald),
    oneMachine(skald),
    orchestrators(skald),
    participants(skald),
    runbook(skald, await readFile(runbookFile, 'utf8')),
  ]
  return Object.fromEntries(
    builders.map((builder) => {
      const dashboard = numbered(builder.build())
      return [`${dashboard.uid ?? ''}.json`, dashboard]
    }),
  )
}

/** Panels are known by their number: in links, and in what Grafana remembers of them. */
function numbered(dashboard: Dashboard): Dashboard {
  let id = 0
  for (const panel of dashboard.panels ?? []) {
    panel.id = ++id
    if ('panels' in panel) for (const inner of panel.panels) inner.id = ++id
  }
  return dashboard
}

export const written = (dashboard: Dashboard): Promise<string> =>
  format(JSON.stringify(dashboard), { parser: 'json', printWidth: 110 })

if (import.meta.main) {
  const { values } = parseArgs({ options: { skald: { type: 'string' }, out: { type: 'string' } } })
  const folder = values.out ?? dashboardFolder
  await mkdir(folder, { recursive: true })
  for (const [name, dashboard] of Object.entries(await dashboards(values.skald))) {
    await writeFile(join(folder, name), await written(dashboard))
  }
}
