import { InvalidArgumentError, Option, type Command } from 'commander'
import { examples } from '../examples.ts'
import { globalsOf } from '../globals.ts'
import { addOperator } from '../operate/operator.ts'
import type { DatabaseOptions } from './database.ts'
import type { MigrateOptions } from './migrate.ts'

export function addMigrate(program: Command): void {
  const command = addOperator(
    program
      .command('migrate')
      .description('move running sagas to another version of their machine, or the database to this Skald')
      .argument('[sagas...]', 'ids; - reads them from stdin; without any, all of --machine and --from'),
  )
    .requiredOption('--to <version>', 'the version that they move to')
    .option('--machine <name>', 'sagas of this machine')
    .option('--from <version>', 'of the machine, those of this version')
    .option('--dry-run', 'only tell whether it could be done')
    .option('--rate <number>', 'sagas a second', rateOf)
    .option('-y, --yes', 'do not ask')
  const needed = takenBackAsMandatory(command)
  addDatabase(command)
    .addHelpText(
      'after',
      examples({
        'skald migrate --machine commande --from 1 --to 2 --dry-run -r "try"': 'what would happen',
        'skald migrate --machine commande --from 1 --to 2 -r "v1 is to go"': 'move all, with a progress bar',
        'skald migrate 0197c0de-… --to 2 -r "needs the fix of v2"': 'move one',
        'skald migrate --schemas --roles': 'make the database ready, before the processes start',
      }),
    )
    .addHelpText(
      'after',
      '\nSagas take --to and --reason. The database takes DATABASE_URL, of a user who owns the schemas and, for --roles,\nmay make roles; without it, that of the "skald up" on SKALD_HOME is meant.',
    )
    .action(async (sagas: string[], options: MigrateOptions & DatabaseOptions, command: Command) => {
      if (isOfDatabase(options)) {
        if (sagas.length > 0) command.error('error: sagas or the database: leave one out')
        const { migrateDatabase } = await import('./database.ts')
        const { json } = globalsOf(command)
        process.exitCode = await migrateDatabase({ env: process.env, options, json })
        return
      }
      for (const option of needed)
        if (command.getOptionValue(option.attributeName()) === undefined)
          command.error(`error: required option '${option.flags}' not specified`)
      const { migrate } = await import('./migrate.ts')
      process.exitCode = await migrate(globalsOf(command), sagas, options)
    })
}

/** What is about sagas means nothing for the database. */
const OF_SAGAS = ['to', 'reason', 'machine', 'from', 'dryRun', 'rate']

function addDatabase(command: Command): Command {
  return command
    .addOption(
      new Option('--schemas', 'bring the four schemas of the database up to date').conflicts(OF_SAGAS),
    )
    .addOption(new Option('--roles', 'the same, and a login role for each service').conflicts(OF_SAGAS))
    .addOption(
      new Option(
        '--distribute',
        'the same, and spread the tables of the orchestrator over the nodes of Citus',
      ).conflicts(OF_SAGAS),
    )
    .addOption(
      new Option(
        '--roles-passwords-dir <folder>',
        'where their passwords are, a file for each, by the name of its role',
      ).env('ROLE_PASSWORDS_DIR'),
    )
}

const isOfDatabase = ({ schemas, roles, distribute }: DatabaseOptions) =>
  schemas === true || roles === true || distribute === true

/** Commander would ask for them in any case, also where it is the database that is migrated. */
function takenBackAsMandatory({ options }: Command): Option[] {
  const mandatory = options.filter((option) => option.mandatory)
  for (const option of mandatory) option.makeOptionMandatory(false)
  return mandatory
}

export function rateOf(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('A rate is a whole number of sagas a second, from 1 on.')
}
