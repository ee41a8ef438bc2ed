/** The states of a raw config as a tree, and XState's rules of how a target names one of them. */
import type { ChartState } from './chart.ts'
import { isMembers, member, membersOf, textOf, type Members } from './members.ts'

export interface TreeState {
  /** Keys from the root, joined by dots; '' for the root. */
  readonly path: string
  /** XState's own id, which targets and the events of the state are made of. */
  readonly name: string
  readonly key: string
  readonly parent: TreeState | null
  readonly type: ChartState['type']
  readonly config: Members
  readonly children: ReadonlyMap<string, TreeState>
}

export interface Tree {
  readonly root: TreeState
  /** The root among them; outer states before those within them. */
  readonly states: readonly TreeState[]
  readonly byName: ReadonlyMap<string, TreeState>
}

/** Nobody nests as deep. It bounds every recursion over a tree that comes from outside. */
const MAX_DEPTH = 100

const TYPES = new Set<unknown>(['atomic', 'compound', 'parallel', 'final', 'history'])

export function treeOf(config: Members, machine: string): Tree {
  const states: TreeState[] = []
  const byName = new Map<string, TreeState>()
  const paths = new Set<string>()

  function grow(config: Members, key: string, parent: TreeState | null, depth: number): TreeState {
    const path = parent === null ? '' : within(parent.path, key)
    const name = textOf(member(config, 'id')) ?? (path === '' ? machine : `${machine}.${path}`)
    const children = new Map<string, TreeState>()
    const state = { path, name, key, parent, type: typeOf(config), config, children }
    states.push(state)
    // XState keeps the later one of two with the same id.
    byName.set(name, state)
    paths.add(path)
    if (depth < MAX_DEPTH) {
      for (const [key, child] of Object.entries(membersOf(member(config, 'states')))) {
        // A key with dots in it may spell the path of another state: the first one has it.
        if (key === '' || !isMembers(child) || paths.has(within(path, key))) continue
        children.set(key, grow(child, key, state, depth + 1))
      }
    }
    return state
  }

  const root = grow(config, machine, null, 0)
  return { root, states, byName }
}

const within = (path: string, key: string) => (path === '' ? key : `${path}.${key}`)

function typeOf(config: Members): ChartState['type'] {
  const type = member(config, 'type')
  if (TYPES.has(type)) return type as ChartState['type']
  if (Object.keys(membersOf(member(config, 'states'))).length > 0) return 'compound'
  return member(config, 'history') ? 'history' : 'atomic'
}

/** The state that a transition of `source` means by `target`; undefined where there is none. */
export function targetOf(tree: Tree, source: TreeState, target: string): TreeState | undefined {
  if (target.startsWith('#')) {
    const [name = '', ...path] = segmentsOf(target.slice(1))
    return descend(tree.byName.get(name), path)
  }
  const isInner = target.startsWith('.')
  if (source.parent === null) return descend(source, segmentsOf(isInner ? target.slice(1) : target))
  return descend(source.parent, segmentsOf(isInner ? source.key + target : target))
}

/** An empty segment ends the path, as in XState: `.` is the state itself. */
function descend(from: TreeState | undefined, path: readonly string[]): TreeState | undefined {
  let state = from
  for (const key of path) {
    if (key === '') break
    state = state?.children.get(key)
  }
  return state
}

/** Dots part the segments; a backslash takes the character behind it as it is. */
function segmentsOf(path: string): string[] {
  const segments = ['']
  for (const [, escaped, plain] of path.matchAll(/\\(.)|(.)/gsu)) {
    if (plain === '.') segments.push('')
    else segments[segments.length - 1] += escaped ?? plain ?? ''
  }
  return segments
}

/** The state within it that a compound state begins with, in each form that XState knows or writes. */
export function initialOf(tree: Tree, state: TreeState): TreeState | undefined {
  const initial = member(state.config, 'initial')
  const [target] = isMembers(initial) ? [member(initial, 'target')].flat() : [initial]
  if (typeof target !== 'string') return undefined
  const named = target.startsWith('#') ? targetOf(tree, state, target) : state.children.get(target)
  return named?.parent === state ? named : undefined
}
