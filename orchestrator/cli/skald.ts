// The command line. Each command loads its code when it is called, so that `skald --help` is quick.
import { Command, InvalidArgumentError } from 'commander'
import { ConfigError } from '../config.ts'
import { OperatorError } from './operator-error.ts'

const program = new Command('skald')
  .description('Runs sagas: durable orders over HTTP services, undone to the last trace if they fail.')
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  skald up                  start everything on http://localhost:8000; Ctrl-C ends it
  skald up --port 9000      the same on another port
  skald up --fresh          begin with an empty database
  skald demo                play the scenarios against what runs`,
  )

program
  .command('up')
  .description('start Postgres, the participants, an orchestrator and the gateway, and keep them running')
  .option('--fresh', 'delete the embedded database first')
  .option('--port <port>', 'the public port, instead of PORT', portOf)
  .action(async (options: { fresh?: boolean; port?: string }) => {
    const { up } = await import('./up/up.ts')
    const env = options.port ? { ...process.env, PORT: options.port } : process.env
    await up({ env, fresh: options.fresh ?? false })
  })

program
  .command('demo')
  .description('play the scenarios of an order against the system that runs; exits with 1 if one differs')
  .argument('[numbers...]', 'of the scenarios to play, instead of all', scenariosOf, [])
  .action(async (numbers: number[]) => {
    const { demo } = await import('./demo/demo.ts')
    if (!(await demo({ env: process.env, numbers }))) process.exitCode = 1
  })

function portOf(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
}

function scenariosOf(text: string, before: number[]): number[] {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 12) return [...before, number]
  throw new InvalidArgumentError('A scenario is a number from 1 to 12.')
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof OperatorError || error instanceof ConfigError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
