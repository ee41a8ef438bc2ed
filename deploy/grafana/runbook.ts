// docs/runbook.md where it is needed: one row an alert, which a click unfolds.
import { RowBuilder, type DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { emptyDashboard } from './frame.ts'
import { textPanel } from './panels.ts'

/** Room for a line of it, in rows of the grid; a line that is long takes two. */
const LINES_A_ROW = 1.3

export function runbook(skald: string, markdown: string): DashboardBuilder {
  const dashboard = emptyDashboard(
    {
      uid: 'skald-runbook',
      title: 'Skald · Runbook',
      description: 'What each alert means, where to look, and what to do: docs/runbook.md.',
    },
    skald,
  )
  const [head = '', ...sections] = markdown.split(/^## /m)
  const begin = head.replace(/^# .*\n/, '').trim()
  dashboard.withPanel(textPanel({ title: 'Begin here', width: 24, height: heightOf(begin), content: begin }))
  for (const section of sections) {
    const [title = '', ...lines] = section.split('\n')
    const content = lines.join('\n').trim()
    const panel = textPanel({ title: '', width: 24, height: heightOf(content), content })
    dashboard.withRow(new RowBuilder(title).collapsed(true).withPanel(panel))
  }
  return dashboard
}

const heightOf = (content: string) => 2 + Math.ceil(content.split('\n').length / LINES_A_ROW)
