// The tables in README.md that are made from the code: each lies between `<!-- name -->` and `<!-- /name -->`.
import { format, resolveConfig } from 'prettier'
import { commandsTable, exitCodesTable } from './commands-table.ts'
import { errorsTable } from './errors-table.ts'
import { metricsTable } from './metrics-table.ts'
import { settingsTable } from './settings-table.ts'

/** The README with its tables made anew, formatted. Throws if it lacks the place of one. */
export async function withTables(readme: string, file: string): Promise<string> {
  let text = readme
  const tables = {
    commands: commandsTable(),
    'exit-codes': exitCodesTable(),
    settings: settingsTable(),
    metrics: await metricsTable(),
    errors: errorsTable(),
  }
  for (const [name, table] of Object.entries(tables)) text = placed(text, name, table)
  return format(text, { ...(await resolveConfig(file)), filepath: file })
}

function placed(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0)
    throw new Error(`README.md has no place for ${name}: write ${begin} and ${end} in it.`)
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}
