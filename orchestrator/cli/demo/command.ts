import { InvalidArgumentError, type Command } from 'commander'
import { examples } from '../examples.ts'
import { EXIT } from '../exit-codes.ts'
import { hearsOnly } from '../globals.ts'
import { isForOperators } from '../operator-error.ts'

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('play the scenarios of an order against the system that runs; exits with 1 if one differs')
    .argument('[numbers...]', 'of the scenarios to play, instead of all', scenariosOf, [])
    .addHelpText('after', examples({ 'skald demo': 'play all', 'skald demo 1 2 12': 'play these three' }))
    .action(async (numbers: number[]) => {
      const { demo } = await import('./demo.ts')
      try {
        if (!(await demo({ env: process.env, numbers }))) process.exitCode = EXIT.wrong
      } catch (error) {
        if (!isForOperators(error)) throw error
        console.error(error.message)
        process.exitCode = EXIT.wrong
      }
    })
  hearsOnly(command, [])
}

function scenariosOf(text: string, before: number[]): number[] {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 12) return [...before, number]
  throw new InvalidArgumentError('A scenario is a number from 1 to 12.')
}
