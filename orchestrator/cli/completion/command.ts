import { Argument, type Command } from 'commander'
import { examples } from '../examples.ts'

/** The script asks `skald completion complete`: `complete` alone is a verb. */
const ASKS = 'skald completion'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
type Shell = (typeof SHELLS)[number]

export function addCompletion(program: Command): void {
  const completion = program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      examples({
        'source <(skald completion bash)': 'in ~/.bashrc; it needs bash-completion',
        'source <(skald completion zsh)': 'in ~/.zshrc',
        'skald completion fish > ~/.config/fish/completions/skald.fish': 'once',
      }),
    )
    .action(async (shell: Shell) => {
      const { script } = await import('@bomb.sh/tab')
      script(shell, 'skald', ASKS)
    })
  completion
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => {
      const { complete } = await import('./complete.ts')
      await complete(program, words)
    })
}
