import type { Command } from 'commander'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'
import type { Verb } from '../../engine/verbs/operator-event.ts'
import { addOperator } from './operator.ts'
import type { OperateOptions } from './operate.ts'

const ID = '0197c0de-…'

interface VerbTold {
  readonly does: string
  readonly examples: Readonly<Record<string, string>>
}

export const VERBS_TOLD: Readonly<Record<Verb, VerbTold>> = {
  retry: {
    does: 'try parked sagas again now',
    examples: {
      [`skald retry ${ID} --reason "stocks is back"`]: '',
      [`skald retry ${ID} --input '{"magasin_id": 102}' --reason "wrong store"`]: 'with another input',
      'skald ls -q --status parked | skald retry - --reason "stocks is back"': 'all of a list',
    },
  },
  skip: {
    does: 'go on behind a compensation that somebody did by hand',
    examples: { [`skald skip ${ID} --reason "released on the phone, ticket 4711"`]: '' },
  },
  complete: {
    does: 'end a step with the result that somebody looked up',
    examples: {
      [`skald complete ${ID} --output '{"vente_id": 7}' --reason "vente 7 is in produits"`]: '',
      [`skald complete ${ID} --output @answer.json --reason "looked up"`]: 'from a file',
    },
  },
  compensate: {
    does: 'stop sagas, and undo what they have begun',
    examples: { [`skald compensate ${ID} --reason "the store is closed"`]: '' },
  },
  cancel: {
    does: 'the same on behalf of their callers, who are told that it was cancelled',
    examples: { [`skald cancel ${ID} --reason "the customer left"`]: '' },
  },
  abandon: {
    does: 'give sagas up: they end failed, and are not undone',
    examples: { [`skald abandon ${ID} --reason "its stocks are gone for good"`]: '' },
  },
}

export function addVerbs(program: Command): void {
  for (const [verb, { does, examples: lines }] of Object.entries(VERBS_TOLD) as [Verb, VerbTold][]) {
    const command = addOperator(
      program.command(verb).description(does).argument('<sagas...>', 'ids; - reads them from stdin'),
    )
    command.option('--step <step>', 'the step that is meant, where there are several')
    addData(command, verb)
    command
      .option('--key <key>', 'the idempotency key, to ask again without doing it twice; for one saga')
      .option('--no-wait', 'do not wait until it is done')
    if (verb === 'abandon') command.option('-y, --yes', 'do not ask')
    command
      .addHelpText('after', examples(lines))
      .action(async (sagas: string[], options: OperateOptions, self: Command) => {
        const { operate } = await import('./operate.ts')
        process.exitCode = await operate(globalsOf(self), { verb, sagas, options })
      })
  }
}

/** What a verb can bring along. */
export function addData(command: Command, verb: Verb): void {
  if (verb === 'retry') command.option('--input <json>', 'call the step with this instead; @file reads it')
  if (verb === 'complete') command.requiredOption('--output <json>', 'what the step answered; @file reads it')
  if (verb === 'skip') command.option('--output <json>', 'what it would have answered; @file reads it')
}
