import { InvalidArgumentError, Option, type Command } from 'commander'
import type { Verb } from '../../engine/verbs/operator-event.ts'
import { examples } from '../examples.ts'
import { addFilters } from '../filters.ts'
import { globalsOf } from '../globals.ts'
import { rateOf } from '../migrate/command.ts'
import { addData, VERBS_TOLD } from '../operate/command.ts'
import { addOperator, type OperatorOptions } from '../operate/operator.ts'
import type { BulkVerbOptions } from './bulk.ts'
import type { ListOptions, ShowBulkOptions } from './manage.ts'

const OUTCOMES = ['pending', 'applied', 'ignored', 'unknown', 'refused']
const BULK = '0197c0de-…'

export function addBulk(program: Command): void {
  const bulk = program
    .command('bulk')
    .description('one verb for all sagas that a filter finds, and what became of it')
    .addHelpText(
      'after',
      examples({
        'skald bulk retry -s parked --step reserve --dry-run -r "try"': 'what would happen',
        'skald bulk retry -s parked --step reserve --rate 20 -r "stocks is back"': '20 a second',
        'skald bulk ls': 'what was done in bulk',
        [`skald bulk show ${BULK} --outcome refused`]: 'which sagas did not allow it, and why',
        [`skald bulk stop ${BULK} -r "wrong filter"`]: 'send nothing more',
      }),
    )
  bulk.helpCommand(false)
  bulk.commandsGroup('Do:')
  for (const verb of Object.keys(VERBS_TOLD) as Verb[]) addVerb(bulk, verb)
  bulk.commandsGroup('See and manage:')
  addManagement(bulk)
}

function addVerb(bulk: Command, verb: Verb): void {
  const command = addFilters(bulk.command(verb).description(VERBS_TOLD[verb].does))
  command.option('--all', 'every saga there is, instead of a filter')
  addOperator(command)
  addData(command, verb)
  command
    .option('--dry-run', 'only count, and show ten')
    .option('--rate <number>', 'sagas a second; by default 50', rateOf)
    .option('--key <key>', 'the idempotency key, to ask again without doing it twice')
    .option('--no-wait', 'do not wait until all is done')
    .option('-y, --yes', 'do not ask')
    .action(async (options: BulkVerbOptions, self: Command) => {
      const { bulkVerb } = await import('./bulk.ts')
      process.exitCode = await bulkVerb(globalsOf(self), verb, options)
    })
}

function addManagement(bulk: Command): void {
  bulk
    .command('ls')
    .alias('list')
    .description('list what was done in bulk, newest first')
    .option('-n, --limit <number>', 'how many at most', limitOf, 20)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action(async (options: ListOptions, command: Command) => {
      const { listBulks } = await import('./manage.ts')
      await listBulks(globalsOf(command), options)
    })
  bulk
    .command('show')
    .description('tell how far one has come, and what became of each saga')
    .argument('<bulk>', 'its id')
    .addOption(new Option('--outcome <outcome>', 'only sagas of which this became').choices(OUTCOMES))
    .option('-f, --follow', 'until it is done')
    .option('-n, --limit <number>', 'how many sagas at most', limitOf, 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action(async (id: string, options: ShowBulkOptions, command: Command) => {
      const { showBulk } = await import('./manage.ts')
      process.exitCode = await showBulk(globalsOf(command), id, options)
    })
  for (const [verb, does] of [
    ['stop', 'send nothing more'],
    ['resume', 'go on where it was stopped'],
  ] as const) {
    addOperator(bulk.command(verb).description(does).argument('<bulk>', 'its id')).action(
      async (bulkId: string, options: OperatorOptions, command: Command) => {
        const { changeBulk } = await import('./manage.ts')
        await changeBulk(globalsOf(command), { bulkId, verb, options })
      },
    )
  }
}

function limitOf(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('A limit is a whole number from 1 on.')
}
