import type { Command } from 'commander'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'

export function addMachines(program: Command): void {
  program
    .command('machines')
    .description('list machines and their versions, and how many sagas use each')
    .addHelpText(
      'after',
      examples({
        'skald machines': 'which versions can be deleted: those with none in flight',
        'skald machines --json': 'the same for a script',
      }),
    )
    .action(async (_options: object, command: Command) => {
      const { machines } = await import('./machines.ts')
      await machines(globalsOf(command))
    })
}
