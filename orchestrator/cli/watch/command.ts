import type { Command } from 'commander'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'
import type { WatchOptions } from './watch.ts'

export function addWatch(program: Command): void {
  program
    .command('watch')
    .description('follow one saga until it ends, or all of them until Ctrl-C')
    .argument('[saga]', 'its id; or its business key, or the beginning of that')
    .option('-m, --machine <name>', 'of all sagas, only those of this machine')
    .addHelpText(
      'after',
      examples({
        'skald watch': 'every transition of every saga, as it is committed',
        'skald watch 0197c0de-…': 'one, drawn as it goes',
        'skald watch 0197c0de-… && echo done': 'wait for it in a script',
      }),
    )
    .addHelpText(
      'after',
      '\nOf one saga it exits with 0 when it is done and with 1 when it has failed. A lost connection is looked for again.',
    )
    .action(async (saga: string | undefined, options: WatchOptions, command: Command) => {
      const { watch } = await import('./watch.ts')
      process.exitCode = await watch(globalsOf(command), saga, options)
    })
}
