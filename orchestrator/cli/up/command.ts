import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { EXIT } from '../exit-codes.ts'
import { hearsOnly } from '../globals.ts'
import { isForOperators } from '../operator-error.ts'

interface UpOptions {
  fresh?: boolean
  port?: string
  orchestrators?: string
}

export function addUp(program: Command): void {
  const command = program
    .command('up')
    .description('start Postgres, the participants, orchestrators and the gateway, and keep them running')
    .option('--fresh', 'delete the embedded database first')
    .option('--port <port>', 'the public port, instead of PORT', portOf)
    .option('--orchestrators <number>', 'how many there are, instead of ORCHESTRATORS', orchestratorsOf)
    .addHelpText(
      'after',
      examples({
        'skald up': 'on http://localhost:8000, until Ctrl-C',
        'skald up --port 9000': 'the same on another port',
        'skald up --fresh': 'begin with an empty database',
        'skald up --orchestrators 3': 'three drive the sagas between them',
      }),
    )
    .action(async ({ fresh, port, orchestrators }: UpOptions) => {
      const { up } = await import('./up.ts')
      const given = { ...(port && { PORT: port }), ...(orchestrators && { ORCHESTRATORS: orchestrators }) }
      try {
        await up({ env: { ...process.env, ...given }, fresh: fresh ?? false })
      } catch (error) {
        if (!isForOperators(error)) throw error
        console.error(error.message)
        process.exitCode = EXIT.wrong
      }
    })
  hearsOnly(command, [])
}

function portOf(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
}

/** How many one machine may be asked to run is for the settings to say. */
function orchestratorsOf(text: string): string {
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1) return text
  throw new InvalidArgumentError('Orchestrators are a whole number from 1 on.')
}
