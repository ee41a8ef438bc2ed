import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { addFilters } from '../filters.ts'
import { globalsOf } from '../globals.ts'
import type { LsOptions } from './ls.ts'

export function addLs(program: Command): void {
  addFilters(program.command('ls').alias('list').description('list sagas, newest first'))
    .option('-n, --limit <number>', 'how many at most', limitOf, 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('-q, --quiet', 'print nothing but the ids')
    .option('--counts', 'how many there are by machine, version, status and state')
    .addHelpText(
      'after',
      examples({
        'skald ls': 'the newest fifty',
        'skald ls --status parked --older-than 15m': 'what has been stuck',
        'skald ls --error-code ECONNREFUSED --step reserve': 'what one participant did',
        'skald ls --query 0197c0de': 'by the beginning of a business key, or an id',
        'skald ls --counts': 'how many stand where',
        'skald ls -q -s parked | skald retry - --reason "stocks is back"': 'ids for the next command',
      }),
    )
    .action(async (options: LsOptions, command: Command) => {
      const { ls } = await import('./ls.ts')
      await ls(globalsOf(command), options)
    })
}

function limitOf(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('A limit is a whole number from 1 on.')
}
