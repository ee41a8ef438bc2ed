/**
 * The lock of the machines: what each `id@version` looks like, for ever. Running sagas keep the version that
 * they began with, so a chart that changes under its version would change beneath them.
 *
 * `node machines/lock.ts --write` adds machines that are not locked yet. It changes no entry, unless `--amend`
 * says that no saga of that version was ever kept.
 *
 * A function is known by its source, so a helper that it calls may change unseen: replay finds that.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { StateMachine, type AnyStateMachine } from 'xstate'
import { machines } from './registry.ts'
import { declarationOf } from './step.ts'

/** Hash by `id@version`. */
export type Lock = Readonly<Record<string, string>>

const LOCK_FILE = new URL('machines.lock.json', import.meta.url)

/** The hash of everything that decides how a saga runs: states, arrows, guards, actions, steps and delays. */
export function structuralHash(machine: AnyStateMachine): string {
  return createHash('sha256')
    .update(JSON.stringify(structureOf(machine)))
    .digest('hex')
}

export function lockOf(all: readonly AnyStateMachine[]): Lock {
  const entries = all.map((machine) => [nameOf(machine), structuralHash(machine)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

export function readLock(file: URL = LOCK_FILE): Lock {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Lock) : {}
}

/** What a person has to do about each machine that the lock does not know, or knows otherwise. */
export function differences(locked: Lock, current: Lock): string[] {
  return Object.entries(current).flatMap(([name, hash]) => {
    if (locked[name] === hash) return []
    if (locked[name] === undefined) {
      return [`${name} is not in machines.lock.json: run \`npm run machines:lock\` and commit the file`]
    }
    return [
      `the chart of ${name} changed, but its version did not. Running sagas keep the version that they began ` +
        `with: give the changed chart a new version and register it beside the old one. ` +
        `If no saga of ${name} was ever kept, run \`npm run machines:lock -- --amend\``,
    ]
  })
}

/**
 * The lock with what is new in `current`, and with what changed only if `amend` is set. Entries of machines
 * that are no longer registered stay: their names are never free again.
 */
export function updated(locked: Lock, current: Lock, amend: boolean): Lock {
  const merged = amend ? { ...locked, ...current } : { ...current, ...locked }
  return Object.fromEntries(Object.entries(merged).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const nameOf = (machine: AnyStateMachine) => `${machine.id}@${machine.version ?? 'none'}`

/** What a machine looks like, for people and pages that do not have its code. */
export interface Definition {
  readonly id: string
  readonly version: string
  /** The structural hash. */
  readonly hash: string
  /** The chart. A function is its source, with nothing in it that only people read. */
  readonly config: unknown
  /** What the chart names. A step is its declaration. */
  readonly implementations: Readonly<Record<'actors' | 'actions' | 'guards' | 'delays', unknown>>
}

export function definitionOf(machine: AnyStateMachine): Definition {
  const { config, ...implementations } = structureOf(machine)
  const { id, version = 'none' } = machine
  return { id, version, hash: structuralHash(machine), config, implementations }
}

type Structure = Definition['implementations'] & { readonly config: unknown }

/** Plain data with sorted keys, in which a function is its source. */
function structureOf(machine: AnyStateMachine): Structure {
  const { actors, actions, guards, delays } = machine.implementations
  return canonical({ config: machine.config, actors, actions, guards, delays }) as Structure
}

function canonical(value: unknown): unknown {
  if (value instanceof StateMachine) return structureOf(value)
  const declaration = declarationOf(value)
  if (declaration !== undefined) return canonical(declaration)
  if (typeof value === 'function') return canonicalFunction(value)
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value === 'object' && value !== null) return canonicalMembers(value)
  return value === undefined ? null : value
}

/** XState's action creators return functions that carry what they were made of, and XState's own code. */
const XSTATE_CODE = new Set(['resolve', 'retryResolve', 'execute'])

function canonicalFunction(value: object): unknown {
  if (!('resolve' in value)) return { source: sourceOf(value), ...canonicalMembers(value) }
  return canonicalMembers(Object.fromEntries(Object.entries(value).filter(([key]) => !XSTATE_CODE.has(key))))
}

function canonicalMembers(value: object): Record<string, unknown> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(
    members.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, canonical(member)]),
  )
}

/** Strings, which stay as they are, and what only people read. */
const STRING_OR_LAYOUT =
  /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)|\/\*.*?\*\/|\/\/[^\n]*|\s+/gs

/** Formatters move lines and commas, and types are stripped to blanks: neither changes what a function does. */
function sourceOf(value: object): string {
  const source = Function.prototype.toString.call(value)
  return source
    .replaceAll(STRING_OR_LAYOUT, (_match, text: string | undefined) => text ?? '')
    .replaceAll(/,(?=[}\])])/g, '')
}

/** What the command line does; `ok` if the lock, as it is now, fits the machines. */
export function run(args: readonly string[], file: URL = LOCK_FILE): { lines: string[]; ok: boolean } {
  const locked = readLock(file)
  const current = lockOf(machines.map(({ machine }) => machine))
  const amend = args.includes('--amend')
  if (args.includes('--write') || amend) {
    const next = updated(locked, current, amend)
    writeFileSync(file, `${JSON.stringify(next, null, 2)}\n`)
    const left = differences(next, current)
    return { lines: left, ok: left.length === 0 }
  }
  const left = differences(locked, current)
  return { lines: left, ok: left.length === 0 }
}

if (import.meta.main) {
  const { lines, ok } = run(process.argv.slice(2))
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exitCode = ok ? 0 : 1
}
