import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { machineOf } from '../filters.ts'
import { globalsOf } from '../globals.ts'
import type { VerifyOptions } from './verify.ts'

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('tell all sagas in flight again on changed code: which of them would it break?')
    .requiredOption('--against <machine>', 'a file that exports the machine, or a version of it')
    .option('--from <file...>', 'exported sagas, instead of those in flight at --url; - for stdin')
    .option(
      '-m, --machine <name>',
      'only sagas of this machine, or of one version of it: commande@1',
      machineOf,
    )
    .option(
      '--sample <number>',
      'also so many of the newest that are done, and as many that failed',
      countOf,
      0,
    )
    .addHelpText(
      'after',
      examples({
        'skald verify --against ./machines/commande/v2/chart.ts': 'before it is deployed',
        'skald verify --against 2 --machine commande@1 --sample 1000': 'may they be moved to version 2?',
        'skald export --all -o all.jsonl.gz': 'where production is, and then elsewhere:',
        'skald verify --against ./chart.ts --from all.jsonl.gz --json': 'without any network, for a script',
      }),
    )
    .addHelpText(
      'after',
      '\nExits with 0 if all are told the same and fit, with 1 if not, with 2 if it can not tell.',
    )
    .action(async (options: VerifyOptions, command: Command) => {
      const { verify } = await import('./verify.ts')
      process.exitCode = await verify(globalsOf(command), options)
    })
}

function countOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A number of sagas is a whole number from 0 on.')
}
