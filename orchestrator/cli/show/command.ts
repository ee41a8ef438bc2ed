import type { Command } from 'commander'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'
import type { ShowOptions } from './show.ts'

export function addShow(program: Command): void {
  program
    .command('show')
    .description('draw one saga: its path, its troubles, and what can be done')
    .argument('<saga>', 'its id; or its business key, or the beginning of that')
    .option('--journal', 'list its transitions too')
    .addHelpText(
      'after',
      examples({
        'skald show 0197c0de-0000-7000-8000-000000000001': 'the saga of this id',
        'skald show 0197c0de': 'the one whose business key (cart_id) begins like that',
        'skald show <saga> --json | jq .saga.parked': 'why it is parked, for a script',
      }),
    )
    .action(async (saga: string, options: ShowOptions, command: Command) => {
      const { show } = await import('./show.ts')
      await show(globalsOf(command), saga, options)
    })
}
