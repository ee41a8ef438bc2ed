import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'
import { addOperator } from '../operate/operator.ts'
import type { MigrateOptions } from './migrate.ts'

export function addMigrate(program: Command): void {
  addOperator(
    program
      .command('migrate')
      .description('move running sagas to another version of their machine, where they fit it')
      .argument('[sagas...]', 'ids; - reads them from stdin; without any, all of --machine and --from'),
  )
    .requiredOption('--to <version>', 'the version that they move to')
    .option('--machine <name>', 'sagas of this machine')
    .option('--from <version>', 'of the machine, those of this version')
    .option('--dry-run', 'only tell whether it could be done')
    .option('--rate <number>', 'sagas a second', rateOf)
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      examples({
        'skald migrate --machine commande --from 1 --to 2 --dry-run -r "try"': 'what would happen',
        'skald migrate --machine commande --from 1 --to 2 -r "v1 is to go"': 'move all, with a progress bar',
        'skald migrate 0197c0de-… --to 2 -r "needs the fix of v2"': 'move one',
      }),
    )
    .action(async (sagas: string[], options: MigrateOptions, command: Command) => {
      const { migrate } = await import('./migrate.ts')
      process.exitCode = await migrate(globalsOf(command), sagas, options)
    })
}

export function rateOf(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('A rate is a whole number of sagas a second, from 1 on.')
}
