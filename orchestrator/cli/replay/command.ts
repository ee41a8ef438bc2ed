import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'
import type { ReplayCommandOptions } from './run.ts'

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('tell a saga again, transition by transition; nothing is called or written')
    .argument('<saga>', 'the id of a saga, an exported file, or - for one on stdin')
    .option('--saga <saga_id>', 'which one, of a file with several')
    .option('--against <machine>', 'on changed code: a file that exports the machine, or a version of it')
    .option('--step', 'walk through it by keypress, back and forth')
    .option('--at <seq>', 'print the snapshot behind this transition', seqOf)
    .option('--speed <factor>', 'play it in the time that it took, so many times as fast', speedOf)
    .addHelpText(
      'after',
      examples({
        'skald replay 0197c0de-0000-7000-8000-000000000001': 'tell it, and say whether it is the same',
        'skald replay saga.json --step': 'walk through an exported one, without any network',
        'skald replay bugs.jsonl.gz --saga 0197c0de-…': 'one of an archive',
        'skald replay <saga_id> --against ./chart.ts': 'would this change have led elsewhere?',
        'skald replay <saga_id> --against 2 --json': 'the same for a version that is here, for a script',
        'skald replay <saga_id> --at 3 | jq .context': 'what the machine knew then',
      }),
    )
    .addHelpText(
      'after',
      '\nExits with 0 if it is identical, with 1 if it differs, with 2 if it can not be told.',
    )
    .action(async (saga: string, options: ReplayCommandOptions, command: Command) => {
      const { replayAndPrint } = await import('./run.ts')
      process.exitCode = await replayAndPrint(globalsOf(command), saga, options)
    })
}

function seqOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A transition is a whole number from 0 on.')
}

function speedOf(text: string): number {
  const speed = Number(text.replace(/x$/, ''))
  if (Number.isFinite(speed) && speed > 0) return speed
  throw new InvalidArgumentError('A speed is a number above 0, such as 10 or 0.5.')
}
