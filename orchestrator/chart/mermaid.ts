/** The chart in the language of Mermaid, for documents and issues: its `stateDiagram-v2`. */
import { ROOT, type Chart, type ChartEdge, type ChartState } from './chart.ts'

/** Names are ids of our own, so that a state may be called anything. */
type Names = ReadonlyMap<string, string>

const ANYWHERE = 'anywhere'

export function mermaidOf(chart: Chart): string {
  const inside = Map.groupBy(chart.states, ({ parent }) => parent)
  const names: Names = new Map(chart.states.map(({ id }, index) => [id, `s${index}`]))
  const tops = inside.get(null) ?? []
  const lines = [
    'stateDiagram-v2',
    ...tops.flatMap((state) => stateLines(state, inside, names)),
    ...(chart.initial === null ? [] : [`[*] --> ${nameIn(names, chart.initial)}`]),
    ...(chart.edges.some(({ source }) => source === ROOT) ? [`state "any state" as ${ANYWHERE}`] : []),
    ...chart.edges.flatMap((edge) => edgeLines(edge, names)),
    ...tops.flatMap((state) => endLines(state, names)),
  ]
  return `${lines.join('\n')}\n`
}

function stateLines(
  state: ChartState,
  inside: ReadonlyMap<string | null, readonly ChartState[]>,
  names: Names,
): string[] {
  const children = inside.get(state.id) ?? []
  const head = `state "${escaped(state.type === 'history' ? 'H' : state.key)}" as ${nameIn(names, state.id)}`
  if (children.length === 0) return [head]
  const parts = children.map((child) => stateLines(child, inside, names))
  const inner =
    state.type === 'parallel'
      ? parts.flatMap((part, index) => (index === 0 ? part : ['--', ...part]))
      : [
          ...parts.flat(),
          ...(state.initial === null ? [] : [`[*] --> ${nameIn(names, state.initial)}`]),
          ...children.flatMap((child) => endLines(child, names)),
        ]
  return [`${head} {`, ...inner.map((line) => `  ${line}`), '}']
}

const endLines = ({ id, type }: ChartState, names: Names) =>
  type === 'final' ? [`${nameIn(names, id)} --> [*]`] : []

function edgeLines({ source, targets, label, guard }: ChartEdge, names: Names): string[] {
  const words = escaped(guard === null ? label : `${label} [${guard}]`)
  const ends = targets.length === 0 ? [source] : targets
  return ends.map((target) => `${nameIn(names, source)} --> ${nameIn(names, target)} : ${words}`)
}

const nameIn = (names: Names, id: string) => names.get(id) ?? ANYWHERE

/** Whatever could mean something to Mermaid, or to the page that it draws in, is written as the number of the character. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} ._,()[\]]/gu, (char) => `#${char.codePointAt(0)};`)
}
