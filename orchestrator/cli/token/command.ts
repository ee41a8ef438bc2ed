import { InvalidArgumentError, Option, type Command } from 'commander'
import { ROLES, type Role } from '../../../services/participant/access.ts'
import { DURATION } from '../../duration.ts'
import { examples } from '../examples.ts'
import { globalsOf, hearsOnly } from '../globals.ts'
import type { CreateOptions, FileOptions } from './token.ts'

export function addToken(program: Command): void {
  const token = program
    .command('token')
    .description(
      'the tokens that may call the API: made, listed and taken back, in the file that Skald reads',
    )
    .addHelpText(
      'after',
      examples({
        'skald token create alice --role read --role operate --file tokens.json':
          'printed once, and kept nowhere',
        'skald token create shop-2 --role start --expires 90d > shop.token':
          'the next one of a caller, before',
        'skald token revoke shop': 'its last one goes',
        'skald token ls': 'who has one, what for, and until when',
      }),
    )
  token.helpCommand(false)
  addCreate(token)
  withFile(token.command('ls').alias('list').description('list them; what they are is not known')).action(
    async (options: FileOptions, command: Command) => {
      const { listTokens } = await import('./token.ts')
      await listTokens(globalsOf(command), options)
    },
  )
  withFile(token.command('revoke').description('take one back: within a second nobody is let in by it'))
    .argument('<name>', 'of the token')
    .action(async (name: string, options: FileOptions) => {
      const { revokeToken } = await import('./token.ts')
      await revokeToken(name, options)
    })
  for (const command of token.commands) hearsOnly(command, ['json'])
}

function addCreate(token: Command): void {
  withFile(token.command('create').description('make one, and print it'))
    .argument('<name>', 'of who gets it, as the audit trail tells it')
    .addOption(
      new Option('--role <role>', 'what it may do; several by several of these')
        .choices(ROLES)
        .argParser<readonly Role[] | undefined>((text, before) => [...(before ?? []), roleOf(text)])
        .makeOptionMandatory(),
    )
    .option('--expires <while>', 'for how long it is good, such as 12h or 90d; for ever unless said', whileOf)
    .option('--rate-limit <number>', 'calls a second at one orchestrator, instead of RATE_LIMIT', rateOf)
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const { createToken } = await import('./token.ts')
      await createToken(globalsOf(command), name, options)
    })
}

function withFile(command: Command): Command {
  return command
    .addOption(new Option('--file <file>', 'the file of the tokens').env('ACCESS_TOKENS_FILE'))
    .hook('preAction', (_command, called) => {
      // Set to nothing is not set.
      if ((called.opts<Partial<FileOptions>>().file ?? '') === '')
        called.error('error: say which file of tokens: by --file, or by ACCESS_TOKENS_FILE')
    })
}

function roleOf(text: string): Role {
  const role = ROLES.find((one) => one === text)
  if (role !== undefined) return role
  throw new InvalidArgumentError(`A role is one of ${ROLES.join(', ')}.`)
}

function whileOf(text: string): string {
  if (new RegExp(DURATION.pattern).test(text)) return text
  throw new InvalidArgumentError(`It must be ${DURATION.allowed}.`)
}

function rateOf(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) >= 1) return Number(text)
  throw new InvalidArgumentError('A rate is a whole number from 1 on.')
}
