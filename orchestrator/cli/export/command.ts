import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { addFilters } from '../filters.ts'
import { globalsOf } from '../globals.ts'
import type { ExportOptions } from './export.ts'

export function addExport(program: Command): void {
  addFilters(
    program
      .command('export')
      .description('write sagas as files that replay, verify and a bug report can use')
      .argument('[saga]', 'one of them, by its id or the beginning of its business key'),
  )
    .option('-o, --out <file>', 'where to; a name that ends in .gz is packed. Without it, to stdout')
    .option('--all', 'every saga there is')
    .option('-n, --limit <number>', 'how many at most, the newest', limitOf)
    .addHelpText(
      'after',
      examples({
        'skald export 0197c0de-0000-7000-8000-000000000001 -o bug.json': 'all that is known of one',
        'skald export --status parked -o parked.jsonl.gz': 'one a line, of all that are stuck',
        'skald export --all --younger-than 1d | gzip > day.gz': 'of the last day',
        'skald export <saga_id> | skald replay -': 'tell it again',
      }),
    )
    .action(async (saga: string | undefined, options: ExportOptions, command: Command) => {
      const { exportSagas } = await import('./export.ts')
      await exportSagas(globalsOf(command), saga, options)
    })
}

function limitOf(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('A limit is a whole number from 1 on.')
}
