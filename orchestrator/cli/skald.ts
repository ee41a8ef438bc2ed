// The command line. Each command loads its code when it is called, so that `skald --help` is quick.
import { Command, InvalidArgumentError } from 'commander'
import { ConfigError, ORCHESTRATORS_MAX } from '../config.ts'
import { OperatorError } from './operator-error.ts'
import type { AuditCommandOptions } from './audit/command.ts'

/** Of `skald audit`: 1 says that something is wrong. */
const CANNOT_TELL = 2

const program = new Command('skald')
  .description('Runs sagas: durable orders over HTTP services, undone to the last trace if they fail.')
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  skald up                    start everything on http://localhost:8000; Ctrl-C ends it
  skald up --port 9000        the same on another port
  skald up --fresh            begin with an empty database
  skald up --orchestrators 3  three of them drive the sagas between them
  skald demo                  play the scenarios against what runs
  skald audit                 say what is wrong in the database, if anything`,
  )

program
  .command('up')
  .description('start Postgres, the participants, orchestrators and the gateway, and keep them running')
  .option('--fresh', 'delete the embedded database first')
  .option('--port <port>', 'the public port, instead of PORT', portOf)
  .option('--orchestrators <number>', 'how many there are, instead of ORCHESTRATORS', orchestratorsOf)
  .action(async ({ fresh, port, orchestrators }: UpOptions) => {
    const { up } = await import('./up/up.ts')
    const given = { ...(port && { PORT: port }), ...(orchestrators && { ORCHESTRATORS: orchestrators }) }
    await up({ env: { ...process.env, ...given }, fresh: fresh ?? false })
  })

program
  .command('demo')
  .description('play the scenarios of an order against the system that runs; exits with 1 if one differs')
  .argument('[numbers...]', 'of the scenarios to play, instead of all', scenariosOf, [])
  .action(async (numbers: number[]) => {
    const { demo } = await import('./demo/demo.ts')
    if (!(await demo({ env: process.env, numbers }))) process.exitCode = 1
  })

program
  .command('audit')
  .description('read all four schemas, also of a live system, and list what is wrong')
  .option('--settled', 'every saga must have ended or be parked')
  .option('--in-flight-older-than <seconds>', 'list sagas that have not moved for so long', secondsOf)
  .option('--no-replay', 'do not tell the journals again, which takes the most time')
  .option('--json', 'print JSON')
  .addHelpText(
    'after',
    '\nExits with 0 if all is well, with 1 if something is wrong, with 2 if it cannot tell.',
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : CANNOT_TELL))
  .action(async (options: AuditCommandOptions) => {
    const { auditCommand } = await import('./audit/command.ts')
    try {
      if (!(await auditCommand({ env: process.env, options }))) process.exitCode = 1
    } catch (error) {
      process.exitCode = CANNOT_TELL
      console.error(isForOperators(error) ? error.message : error)
    }
  })

interface UpOptions {
  fresh?: boolean
  port?: string
  orchestrators?: string
}

function portOf(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
}

function orchestratorsOf(text: string): string {
  const number = Number(text)
  if (/^\d{1,2}$/.test(text) && number >= 1 && number <= ORCHESTRATORS_MAX) return text
  throw new InvalidArgumentError(`Orchestrators are a whole number from 1 to ${ORCHESTRATORS_MAX}.`)
}

function scenariosOf(text: string, before: number[]): number[] {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 12) return [...before, number]
  throw new InvalidArgumentError('A scenario is a number from 1 to 12.')
}

function secondsOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Seconds are a whole number.')
}

function isForOperators(error: unknown): error is Error {
  return error instanceof OperatorError || error instanceof ConfigError
}

try {
  await program.parseAsync()
} catch (error) {
  if (!isForOperators(error)) throw error
  console.error(error.message)
  process.exitCode = 1
}
