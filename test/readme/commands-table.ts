// The commands of `skald` and its exit codes, from the commands themselves.
import { EXIT_MEANINGS } from '../../orchestrator/cli/exit-codes.ts'
import { buildProgram } from '../../orchestrator/cli/program.ts'
import { markdownTable } from './markdown.ts'

export function commandsTable(): string {
  const program = buildProgram()
  const help = program.createHelp()
  const rows = help
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .map((command) => [`\`skald ${help.subcommandTerm(command)}\``, command.description()])
  return markdownTable(['command', 'what it does'], rows)
}

export function exitCodesTable(): string {
  const rows = EXIT_MEANINGS.map(([code, meaning]) => [`\`${code}\``, meaning])
  return markdownTable(['exit code', 'meaning'], rows)
}
