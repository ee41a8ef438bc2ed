// The machine that sagas are told with instead of their own: a version that is here, or the code of a file.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StateMachine, type AnyStateMachine } from 'xstate'
import type { Migrate } from '../../../machines/migration.ts'
import { machines as registered } from '../../../machines/registry.ts'
import type { ReplayMachine } from '../../engine/replay/machines.ts'
import { messageOf, OperatorError } from '../operator-error.ts'

/** Another machine, and what to call it. */
export interface Against {
  readonly name: string
  readonly machine: ReplayMachine
}

/** Finds it for sagas of one machine, by its id. Throws an OperatorError if there is none. */
export type FindAgainst = (machine: string) => Against

/** `text` is a version, `id@version`, or the path of a file. */
export async function loadAgainst(text: string): Promise<FindAgainst> {
  const isVersion = registered.some((one) => isCalled(one.machine, text))
  if (isVersion) return (machine) => versionOf(machine, text)
  const path = resolve(text)
  if (!existsSync(path)) {
    const known = registered.map(({ machine }) => nameOf(machine)).join(', ')
    throw new OperatorError(
      `There is no file ${text}, and no version of that name here (there are ${known}).`,
    )
  }
  const found = await machinesIn(path, text)
  return (machine) => {
    const only = found.find((one) => one.machine.id === machine)
    if (only === undefined) {
      const ids = found.map((one) => one.machine.id).join(', ')
      throw new OperatorError(`${text} exports no machine ${machine}; those that it exports: ${ids}.`)
    }
    return { name: text, machine: only }
  }
}

const nameOf = ({ id, version = 'none' }: AnyStateMachine) => `${id}@${version}`

function isCalled(machine: AnyStateMachine, text: string): boolean {
  return machine.version === text || nameOf(machine) === text
}

function versionOf(machine: string, text: string): Against {
  const one = registered.find(({ machine: known }) => known.id === machine && isCalled(known, text))
  if (one !== undefined) return { name: nameOf(one.machine), machine: one }
  throw new OperatorError(`Machine ${machine} has no version ${text} here.`)
}

async function machinesIn(path: string, text: string): Promise<ReplayMachine[]> {
  const exported = await importFrom(path, text)
  const { migrate } = exported as { migrate?: unknown }
  const found = new Set(Object.values(exported).filter((value) => looksLikeMachine(value)))
  // Told only when a saga asks for it, a mistake would look like machines that no saga runs on.
  if (found.size === 0) throw new OperatorError(`${text} exports no machine.`)
  const ids = new Set<string>()
  return [...found].map((machine) => {
    if (!(machine instanceof StateMachine)) {
      throw new OperatorError(
        `${text} imports another copy of xstate than this Skald: put it into this checkout, or link the package.`,
      )
    }
    if (ids.has(machine.id)) {
      throw new OperatorError(
        `${text} exports several machines ${machine.id}: it must be clear which is meant.`,
      )
    }
    ids.add(machine.id)
    return { machine, ...(typeof migrate === 'function' && { migrate: migrate as Migrate }) }
  })
}

async function importFrom(path: string, text: string): Promise<object> {
  try {
    return (await import(pathToFileURL(path).href)) as object
  } catch (error) {
    throw new OperatorError(`${text} can not be loaded: ${messageOf(error)}`, { cause: error })
  }
}

function looksLikeMachine(value: unknown): value is AnyStateMachine {
  return typeof value === 'object' && value !== null && 'implementations' in value && 'config' in value
}
