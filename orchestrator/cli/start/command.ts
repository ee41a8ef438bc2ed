import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'
import type { StartOptions } from './start.ts'

export function addStart(program: Command): void {
  program
    .command('start')
    .description('start a saga, and wait for its end')
    .argument('<machine>', 'of which machine')
    .argument('[input...]', 'its input as key=value: what reads as JSON is that, anything else is text')
    .option('--input <json>', 'its input; @file reads it, @- from stdin')
    .option('--key <key>', 'the idempotency key: the same key is the same saga')
    .option('--wait <seconds>', 'how long to wait for its end', secondsOf, 30)
    .option('--no-wait', 'do not wait')
    .option('-q, --quiet', 'print nothing but its id')
    .addHelpText(
      'after',
      examples({
        'skald start commande cart_id=0197c0de-… magasin_id=101': '',
        'skald start commande --input @order.json --key order-4711': 'the same again starts no second one',
        'skald watch $(skald start commande --input @order.json --no-wait -q)': 'and look on',
      }),
    )
    .addHelpText(
      'after',
      '\nExits with 0 if it is done (or accepted, with --no-wait), with 1 if it failed or was refused, with 2 if it had\nnot ended in time.',
    )
    .action(async (machine: string, pairs: string[], options: StartOptions, command: Command) => {
      const { start } = await import('./start.ts')
      process.exitCode = await start(globalsOf(command), { machine, pairs, options })
    })
}

function secondsOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Seconds are a whole number.')
}
