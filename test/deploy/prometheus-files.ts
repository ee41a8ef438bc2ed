// What deploy/prometheus holds, as its tests read it.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const prometheusFolder = join(import.meta.dirname, '../../deploy/prometheus')

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Alert {
  readonly name: string
  readonly expr: string
  readonly severity: string
  readonly annotations: Readonly<Record<string, string>>
}

interface UnitTest {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[]
}

const filesOf = (folder: string) =>
  globSync('*.yml', { cwd: join(prometheusFolder, folder) }).map((name) =>
    join(prometheusFolder, folder, name),
  )

export const ruleFiles = filesOf('rules')
export const ruleTestFiles = filesOf('tests')

const read = (file: string): unknown => parse(readFileSync(file, 'utf8'))

export const rules: readonly Rule[] = ruleFiles.flatMap((file) =>
  (read(file) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
)

export const alerts: readonly Alert[] = rules.flatMap(({ alert, expr, labels, annotations }) =>
  alert === undefined
    ? []
    : [{ name: alert, expr, severity: labels?.['severity'] ?? '', annotations: annotations ?? {} }],
)

export const recorded: readonly string[] = rules.flatMap(({ record }) => record ?? [])

/** For each alert that is tested: whether it is seen to fire, and to be silent. */
export function seenIn(): Map<string, Set<'fires' | 'silent'>> {
  const seen = new Map<string, Set<'fires' | 'silent'>>()
  const checks = ruleTestFiles.flatMap((file) =>
    (read(file) as { tests: UnitTest[] }).tests.flatMap((test) => test.alert_rule_test),
  )
  for (const { alertname, exp_alerts } of checks) {
    const known = seen.get(alertname) ?? new Set()
    seen.set(alertname, known.add(exp_alerts.length > 0 ? 'fires' : 'silent'))
  }
  return seen
}
