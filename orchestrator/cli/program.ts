// All commands. Each declares itself in its own file and loads its code when it is called, so that `skald --help`, and
// completion, are quick.
import { styleText } from 'node:util'
import { Command } from 'commander'
import { addAudit } from './audit/command.ts'
import { addCompletion } from './completion/command.ts'
import { addDemo } from './demo/command.ts'
import { examples } from './examples.ts'
import { EXIT_MEANINGS } from './exit-codes.ts'
import { addExport } from './export/command.ts'
import { addGlobals } from './globals.ts'
import { addLs } from './ls/command.ts'
import { addMachines } from './machines/command.ts'
import { addReplay } from './replay/command.ts'
import { addPrune } from './prune/command.ts'
import { addShow } from './show/command.ts'
import { addBulk } from './bulk/command.ts'
import { addMigrate } from './migrate/command.ts'
import { addVerbs } from './operate/command.ts'
import { addToken } from './token/command.ts'
import { addStart } from './start/command.ts'
import { addVerify } from './verify/command.ts'
import { addUp } from './up/command.ts'
import { addWatch } from './watch/command.ts'

/** Throws a CommanderError where commander would exit, with what there is to say printed before. */
export function buildProgram(): Command {
  const program = new Command('skald')
    .description('Runs sagas: durable orders over HTTP services, undone to the last trace if they fail.')
    .showSuggestionAfterError()
    .showHelpAfterError('(skald --help tells how it is used; so does --help behind any command)')
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => styleText('bold', title),
      subcommandTerm: (command) => [command.name(), ...argumentsOf(command)].join(' '),
    })
  addGlobals(program)

  program.commandsGroup('See:')
  addLs(program)
  addShow(program)
  addWatch(program)
  addMachines(program)

  program.commandsGroup('Tell again:')
  addReplay(program)
  addVerify(program)
  addExport(program)

  program.commandsGroup('Operate:')
  addStart(program)
  addVerbs(program)
  addBulk(program)
  addMigrate(program)

  program.commandsGroup('Check and run:')
  addAudit(program)
  addPrune(program)
  addToken(program)
  addUp(program)
  addDemo(program)

  program.commandsGroup('Help:')
  addCompletion(program)
  program.helpCommand('help [command]', 'tell how a command is used, as --help does')

  return program.addHelpText(
    'after',
    examples({
      'skald up': 'start everything, and try it',
      'skald ls --status parked': 'what is stuck',
      'skald show <saga>': 'why, and what can be done',
      'skald retry <saga> -r "stocks is back"': 'repair one',
      'skald bulk retry -s parked -r "stocks is back"': 'or ten thousand',
      'skald audit': 'is anything wrong?',
    }) + exitCodes(),
  )
}

/** Without `[options]`, which all of them have. */
function argumentsOf({ registeredArguments }: Command): string[] {
  return registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name()
    return argument.required ? `<${name}>` : `[${name}]`
  })
}

function exitCodes(): string {
  const lines = EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`)
  return ['', '', 'Exit codes:', ...lines].join('\n')
}
