// What a shell is answered about a line that is being typed: @bomb.sh/tab knows how, from the commands as commander has
// them. Its own adapter for commander takes the name `complete`, which is a verb here.
import { RootCommand, type Command as Completable } from '@bomb.sh/tab'
import type { Command } from 'commander'
import { offerNames } from './names.ts'

export async function complete(program: Command, words: readonly string[]): Promise<void> {
  const root = new RootCommand()
  addOptions(root, program)
  addCommands(root, program, [])
  await offerNames(root, words)
  root.parse([...words])
}

function addCommands(root: RootCommand, parent: Command, path: readonly string[]): void {
  for (const command of parent.createHelp().visibleCommands(parent)) {
    const own = [...path, command.name()]
    const completable = root.command(own.join(' '), command.description())
    addOptions(completable, command)
    for (const argument of command.registeredArguments)
      completable.argument(argument.name(), offering(argument.argChoices), argument.variadic)
    addCommands(root, command, own)
  }
}

function addOptions(completable: Completable, command: Command): void {
  const help = command.createHelp()
  for (const option of [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]) {
    const { long, short, description, argChoices } = option
    if (!long) continue
    const [name, alias] = [long.slice(2), short?.slice(1)]
    if (option.required || option.optional) completable.option(name, description, offering(argChoices), alias)
    else completable.option(name, description, alias)
  }
}

function offering(choices: readonly string[] = []) {
  return (offer: (value: string, description: string) => void) => {
    for (const choice of choices) offer(choice, '')
  }
}
