import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { EXIT } from '../exit-codes.ts'
import { globalsOf, hearsOnly } from '../globals.ts'
import type { AuditOptions } from './run.ts'

export function addAudit(program: Command): void {
  const command = program
    .command('audit')
    .description('read all four schemas, also of a live system, and list what is wrong')
    .option('--settled', 'every saga must have ended or be parked')
    .option('--in-flight-older-than <seconds>', 'list sagas that have not moved for so long', secondsOf)
    .option('--no-replay', 'do not tell the journals again, which takes the most time')
    .addHelpText(
      'after',
      examples({
        'skald audit': 'say what is wrong in the database, if anything',
        'skald audit --settled --json': 'for a script that has waited for all sagas to end',
      }),
    )
    .addHelpText(
      'after',
      '\nReads DATABASE_URL, or the database of the "skald up" on SKALD_HOME.\nExits with 0 if all is well, with 1 if something is wrong, with 2 if it cannot tell.',
    )
    .action(async (options: AuditOptions, self: Command) => {
      const { auditAndPrint } = await import('./run.ts')
      const { json } = globalsOf(self)
      if (!(await auditAndPrint({ env: process.env, options, json }))) process.exitCode = EXIT.wrong
    })
  hearsOnly(command, ['json'])
}

function secondsOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Seconds are a whole number.')
}
