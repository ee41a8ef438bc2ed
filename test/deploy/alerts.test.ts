import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { buildProgram } from '../../orchestrator/cli/program.ts'
import { debianTool } from '../kit/debian-tool.ts'
import { alerts, prometheusFolder, ruleFiles, ruleTestFiles, seenIn } from './prometheus-files.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8')
const { path: promtool, skip } = await debianTool('promtool')

t.test('Prometheus takes its configuration and its rules', { skip }, async (t) => {
  // Secrets are looked for where a container has them.
  await t.resolves(
    run(promtool, ['check', 'config', '--syntax-only', join(prometheusFolder, 'prometheus.yml')]),
  )
  await t.resolves(run(promtool, ['check', 'rules', ...ruleFiles]))
})

t.test('each alert fires when it must, says what it must, and is silent otherwise', { skip }, async (t) => {
  await t.resolves(run(promtool, ['test', 'rules', ...ruleTestFiles]))
})

t.test('no alert is without a test that sees it fire, and one that sees it silent', async (t) => {
  const seen = seenIn()
  for (const { name } of alerts) t.same([...(seen.get(name) ?? [])].sort(), ['fires', 'silent'], name)
})

t.test('each alert says what happens, whom it wakes, and which section of the runbook helps', async (t) => {
  for (const { name, severity, annotations } of alerts) {
    t.ok(['page', 'ticket'].includes(severity), `${name} has a severity`)
    t.ok(annotations['summary'], `${name} has a summary`)
    t.ok(annotations['description'], `${name} has a description`)
    t.equal(annotations['runbook_url'], `docs/runbook.md#${name.toLowerCase()}`, name)
  }
})

t.test('the runbook has a section for each alert, and none for one that is gone', async (t) => {
  const sections = [...runbook.matchAll(/^## (Skald\w+)$/gm)].map(([, name = '']) => name)
  t.same(new Set(sections), new Set(alerts.map(({ name }) => name)))
  t.equal(sections.length, alerts.length)
  for (const section of runbook.split(/^## /m).slice(1)) {
    const [name = ''] = section.split('\n')
    if (!name.startsWith('Skald')) continue
    for (const part of ['**It means**', '**Look**', '**Do']) t.ok(section.includes(part), `${name}: ${part}`)
  }
})

t.test('every command of the runbook is one that skald knows, with options that it has', async (t) => {
  const lines = runbook.split('\n').map((line) => line.trim())
  const told = lines.flatMap((line) => / (?:skald|--rm secrets) (\w.*)/.exec(` ${line}`)?.[1] ?? [])
  t.ok(told.length > 0)
  for (const line of told) {
    const words = line
      .replace(/[|>#].*$|\)$/, '')
      .trim()
      .split(/\s+/)
    const path = [buildProgram()]
    for (const word of words) {
      const next = path.at(-1)?.commands.find((one) => one.name() === word)
      if (next === undefined) break
      path.push(next)
    }
    t.ok(path.length > 1, `a command of skald: ${line}`)
    const known = new Set(path.flatMap(({ options }) => options.flatMap(({ short, long }) => [short, long])))
    for (const option of words.filter((word) => word.startsWith('-'))) {
      t.ok(known.has(option), `${option} of: ${line}`)
    }
  }
})
