/**
 * The chart of a definition, as Skald keeps it (`Definition` in machines/lock.ts) or as any XState 5 machine's own config
 * in JSON. It comes from outside, and is maybe old or foreign: what can't be understood is left out, nothing throws.
 */
import type { Chart, ChartCall, ChartState } from './chart.ts'
import { edgesOf, invokesOf } from './edges-of.ts'
import { isMembers, listOf, member, membersOf, textOf, type Members } from './members.ts'
import { inOrder } from './order.ts'
import { initialOf, treeOf, type Tree, type TreeState } from './tree.ts'

/** What XState calls a machine without an id. */
const NAMELESS = '(machine)'

export function chartOf(definition: unknown): Chart {
  const given = membersOf(definition)
  const isDefinition = isMembers(member(given, 'config'))
  const config = isDefinition ? membersOf(member(given, 'config')) : given
  const machine = textOf(member(config, 'id')) ?? textOf(member(given, 'id')) ?? NAMELESS
  const actors = membersOf(member(membersOf(member(given, 'implementations')), 'actors'))
  const tree = treeOf(config, machine)
  const edges = tree.states.map((state) => ({ state, edges: edgesOf(tree, state) }))
  const edgesBy = new Map(edges.map(({ state, edges }) => [state, edges]))
  const all = edges.flatMap(({ edges }) => edges)
  const states = inOrder(tree, all)
  return {
    machine,
    version: textOf(member(given, 'version')) ?? textOf(member(config, 'version')) ?? 'none',
    hash: isDefinition ? textOf(member(given, 'hash')) : null,
    initial: beginningOf(tree, states),
    states: states.map((state) => stateOf(tree, state, actors)),
    edges: [tree.root, ...states].flatMap((state) => edgesBy.get(state) ?? []),
  }
}

/** One that does not say where it begins, begins with the first. */
function beginningOf(tree: Tree, states: readonly TreeState[]): string | null {
  if (tree.root.type === 'parallel') return null
  return (initialOf(tree, tree.root) ?? states[0])?.path ?? null
}

function stateOf(tree: Tree, state: TreeState, actors: Members): ChartState {
  const { path, key, parent, type, config } = state
  const isTop = parent === null || parent.parent === null
  return {
    id: path,
    key,
    parent: isTop ? null : parent.path,
    type,
    initial: type === 'compound' ? (initialOf(tree, state)?.path ?? null) : null,
    calls: invokesOf(state).map(({ id, invoke }) => callOf({ id, src: member(invoke, 'src') }, actors, path)),
    tags: listOf(member(config, 'tags')).filter((tag) => typeof tag === 'string'),
  }
}

/** A step declares itself where it is implemented, or in the chart itself where that invokes it without a name. */
function callOf({ id, src }: { id: string; src: unknown }, actors: Members, path: string): ChartCall {
  const declared = membersOf(typeof src === 'string' ? member(actors, src) : src)
  const step = textOf(member(declared, 'step'))
  return {
    id,
    src: typeof src === 'string' ? src : (step ?? textOf(member(declared, 'type')) ?? 'inline'),
    step,
    participant: textOf(member(declared, 'participant')),
    // What declares nothing is told by the rail that it stands on.
    isCompensation: step === null ? /^undoing(\.|$)/.test(path) : member(declared, 'undo') === true,
  }
}
