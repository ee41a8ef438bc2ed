// `npm run docs` writes the tables of README.md; `npm run docs -- --check` exits with 1 if they are not what it would
// write.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../orchestrator/cli/operator-error.ts'
import { withTables } from './tables.ts'

const file = join(import.meta.dirname, '../../README.md')
const readme = await readFile(file, 'utf8')
try {
  const made = await withTables(readme, file)
  if (!process.argv.includes('--check')) await writeFile(file, made)
  else if (made !== readme) refuse('README.md is stale: run "npm run docs" and commit what it writes.')
} catch (error) {
  refuse(messageOf(error))
}

function refuse(reason: string): void {
  console.error(reason)
  process.exitCode = 1
}
