/** The transitions of a state, told apart as XState does: by the descriptor of the event, and among its candidates. */
import type { ChartEdge, EdgeKind } from './chart.ts'
import { guardOf } from './guard-of.ts'
import { isMembers, listOf, member, membersOf, textOf, type Members } from './members.ts'
import { targetOf, type Tree, type TreeState } from './tree.ts'

/** XState's own order and rules of who replaces whom; the descriptor of `always` is ''. */
type Candidates = Map<string, readonly unknown[]>

export function edgesOf(tree: Tree, state: TreeState): ChartEdge[] {
  const candidates = candidatesOf(tree, state)
  const label = labeller(state, candidates)
  return [...candidates].flatMap(([event, list]) =>
    list.flatMap((candidate, index): ChartEdge[] => {
      const config = transitionOf(candidate)
      const targets = targetsOf(tree, state, config)
      if (config === undefined || targets === undefined) return []
      return [
        {
          id: `${state.path}|${event}|${index}`,
          source: state.path,
          targets,
          kind: kindOf(event),
          event,
          index,
          guard: guardOf(member(config, 'guard') ?? member(config, 'cond')),
          label: label(event),
        },
      ]
    }),
  )
}

function candidatesOf(tree: Tree, state: TreeState): Candidates {
  const { config, name } = state
  const candidates: Candidates = new Map()
  for (const [event, value] of Object.entries(membersOf(member(config, 'on')))) {
    candidates.set(event, candidatesIn(value))
  }
  const listen = (event: string, value: unknown) => {
    if (value) candidates.set(event, candidatesIn(value))
  }
  listen(`xstate.done.state.${name}`, member(config, 'onDone'))
  for (const { id, invoke } of invokesOf(state)) {
    listen(`xstate.done.actor.${id}`, member(invoke, 'onDone'))
    listen(`xstate.error.actor.${id}`, member(invoke, 'onError'))
    listen(`xstate.snapshot.${id}`, member(invoke, 'onSnapshot'))
  }
  for (const [delay, value] of Object.entries(membersOf(member(config, 'after')))) {
    const event = `xstate.after.${Number.isNaN(Number(delay)) ? delay : Number(delay)}.${name}`
    candidates.set(event, [...(candidates.get(event) ?? []), ...listOf(value)])
  }
  if (state.parent === null) listen('xstate.route', routesOf(tree))
  listen('', member(config, 'always'))
  return candidates
}

const candidatesIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

/** What an event `xstate.route` may lead to, from wherever the machine is. */
function routesOf({ states }: Tree): readonly Members[] | null {
  const routes = states.flatMap(({ config, parent }) => {
    const route = member(config, 'route')
    const id = textOf(member(config, 'id'))
    return parent === null || !isMembers(route) || id === null ? [] : [{ ...route, target: `#${id}` }]
  })
  return routes.length === 0 ? null : routes
}

/** Undefined of what is no transition: it has no arrow, but its place among the candidates. */
function transitionOf(candidate: unknown): Members | undefined {
  if (candidate === null || candidate === undefined) return {}
  if (typeof candidate === 'string') return { target: candidate }
  return isMembers(candidate) ? candidate : undefined
}

/** Undefined where it leads nowhere that is known. */
function targetsOf(tree: Tree, source: TreeState, config: Members | undefined): string[] | undefined {
  const named = listOf(config === undefined ? null : member(config, 'target')).filter((name) => name !== '')
  const targets = named.flatMap((name) => {
    const target = typeof name === 'string' ? targetOf(tree, source, name) : undefined
    // The root is no state of the chart: who goes there begins anew.
    return target === undefined || target.parent === null ? [] : [target.path]
  })
  return named.length > 0 && targets.length === 0 ? undefined : [...new Set(targets)]
}

export interface Invoke {
  readonly id: string
  readonly invoke: Members
}

/** An invoke without an id has the one that XState gives it. */
export function invokesOf({ config, name }: TreeState): Invoke[] {
  return listOf(member(config, 'invoke')).map((value, index) => {
    const invoke = typeof value === 'string' ? { src: value } : membersOf(value)
    const id = member(invoke, 'id')
    return { id: typeof id === 'string' ? id : `${index}.${name}`, invoke }
  })
}

/** The names that XState 4 had for them are read too. */
const KINDS: readonly (readonly [RegExp, EdgeKind])[] = [
  [/^$/, 'always'],
  [/^xstate\.done\.|^done\.(?:invoke|state)\./, 'done'],
  [/^xstate\.error\.|^error\.platform\./, 'error'],
  [/^xstate\.after\./, 'after'],
]

const kindOf = (event: string): EdgeKind => KINDS.find(([pattern]) => pattern.test(event))?.[1] ?? 'event'

/** A state that waits for several actors says which of them is meant. */
function labeller(state: TreeState, candidates: Candidates): (event: string) => string {
  const isOneOfMany = (kind: EdgeKind) => [...candidates.keys()].filter((e) => kindOf(e) === kind).length > 1
  const many = { done: isOneOfMany('done'), error: isOneOfMany('error') }
  return (event) => {
    const kind = kindOf(event)
    switch (kind) {
      case 'always':
        return 'always'
      case 'after':
        return `after ${delayOf(event, state.name)}`
      case 'done':
      case 'error':
        return many[kind] ? `${kind} ${event.replace(/^(?:xstate\.)?\w+\.\w+\./, '')}` : kind
      case 'event':
        return event.replace(/^xstate\.snapshot\./, 'snapshot ').replace(/^xstate\.route$/, 'route')
    }
  }
}

function delayOf(event: string, name: string): string {
  const delay = event.slice('xstate.after.'.length, event.endsWith(`.${name}`) ? -name.length - 1 : undefined)
  const ms = Number(delay)
  if (Number.isNaN(ms)) return delay
  const [unitMs, unit] = UNITS.find(([unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? [1, 'ms']
  return ms >= 1_000 && unit === 'ms' ? `${ms / 1_000} s` : `${ms / unitMs} ${unit}`
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const
