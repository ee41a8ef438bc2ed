// Who does something to sagas, and why: asked of all that changes any.
import { userInfo } from 'node:os'
import { InvalidArgumentError, Option, type Command } from 'commander'

export interface OperatorOptions {
  readonly reason: string
  readonly actor?: string
}

export interface Operator {
  readonly actor: string
  readonly reason: string
}

export function addOperator(command: Command): Command {
  return command
    .requiredOption('-r, --reason <text>', 'why, in words: it stays in the journal', notBlank)
    .addOption(
      new Option('--actor <name>', 'who does it; without it, the user of this machine').env('SKALD_ACTOR'),
    )
}

export function operatorOf({ actor, reason }: OperatorOptions): Operator {
  return { actor: actor === undefined || actor.trim() === '' ? userName() : actor, reason }
}

/** Some containers run under a user that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

function notBlank(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('Somebody will want to know why.')
}
