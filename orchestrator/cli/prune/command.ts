import { InvalidArgumentError, Option, type Command } from 'commander'
import { DURATION } from '../../duration.ts'
import type { EndedStatus } from '../../store/house-store.ts'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'
import type { PruneOptions } from './prune.ts'

const STATUSES: readonly EndedStatus[] = ['done', 'failed']

export function addPrune(program: Command): void {
  program
    .command('prune')
    .description('remove sagas that ended long ago, with their journals and idempotency keys')
    .requiredOption('--older-than <age>', 'since they ended, such as 90m, 36h or 30d', ageOf)
    .option('-s, --status <list>', `of these, by commas: ${STATUSES.join(', ')}`, statusesOf, ['done'])
    .option('--machine <name>', 'only those of this machine')
    .addOption(
      new Option('--archive <folder>', 'write their journals there first, as JSON lines under gzip').env(
        'ARCHIVE_DIR',
      ),
    )
    .option('--dry-run', 'count them, and remove nothing')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      examples({
        'skald prune --older-than 30d --dry-run': 'how many are done for more than 30 days',
        'skald prune --older-than 90d -s done,failed --archive /var/skald':
          'remove them, and keep their journals',
        'zcat /var/skald/2026-11-22/*.gz | grep 0197c0de':
          'find one of them again; skald replay reads such files',
      }),
    )
    .addHelpText(
      'after',
      '\nOnly what is done or has failed is removed, never what runs or is parked, and beside a live system too.\nUnder the Idempotency-Key of a saga that was removed another one is started.\nUses DATABASE_URL, or the database of the "skald up" on SKALD_HOME.',
    )
    .action(async (options: PruneOptions, command: Command) => {
      const { prune } = await import('./prune.ts')
      process.exitCode = await prune({ env: process.env, options, json: globalsOf(command).json })
    })
}

function ageOf(text: string): string {
  if (new RegExp(DURATION.pattern).test(text)) return text
  throw new InvalidArgumentError(`It must be ${DURATION.allowed}.`)
}

function statusesOf(text: string): EndedStatus[] {
  const names = text.split(',')
  const statuses = STATUSES.filter((status) => names.includes(status))
  if (statuses.length === new Set(names).size) return statuses
  throw new InvalidArgumentError(`It must be ${STATUSES.join(' or ')}, or both with a comma: what has ended.`)
}
