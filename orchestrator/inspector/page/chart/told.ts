/** What a chart says in words: of a state and of a line, for tooltips and for those who do not see it. Pure. */
import type { Chart, ChartEdge } from '../../../chart/chart.ts'
import type { Line } from '../../../chart/drawing.ts'
import type { Mark } from '../icon/glyphs.ts'
import type { Badge, StateMark, TakenEdge } from './chart-props.ts'

export interface Told {
  readonly title: string
  readonly facts: readonly string[]
}

const MARK_WORDS: Readonly<Record<Mark, string>> = {
  current: 'here now',
  done: 'done',
  failed: 'failed',
  compensating: 'being undone now',
  compensated: 'undone',
  parked: 'parked',
  abandoned: 'given up',
}

interface OfState {
  readonly chart: Chart
  readonly state: string
  readonly mark: StateMark | undefined
  readonly badge: Badge | undefined
  readonly taken: ReadonlyMap<string, TakenEdge> | undefined
}

/** As a button is read out. It begins with what is to be seen on it, for those who say its name to a computer. */
export function nameOf(label: string, mark: StateMark | undefined, badge: Badge | undefined): string {
  const seen = [label, mark?.note, badge?.title].filter((word) => word !== undefined && word !== '').join(' ')
  return mark === undefined ? seen : `${seen}, ${MARK_WORDS[mark.mark]}`
}

export function toldOfState({ chart, state, mark, badge, taken }: OfState): Told {
  const found = chart.states.find(({ id }) => id === state)
  const calls = (found?.calls ?? []).map(({ src, participant }) =>
    participant === null ? `runs ${src}` : `calls ${participant}: ${src}`,
  )
  const leaving = chart.edges.filter(({ source }) => source === state).map((edge) => edgeWords(edge, taken))
  const standing = mark === undefined ? [] : [[MARK_WORDS[mark.mark], mark.note].filter(Boolean).join(', ')]
  return {
    title: state === '' ? chart.machine : state,
    facts: unique([...standing, mark?.detail ?? '', badge?.title ?? '', ...calls, ...leaving]),
  }
}

export function toldOfLine(chart: Chart, { edges }: Line, taken: OfState['taken']): Told {
  const found = chart.edges.filter(({ id }) => edges.includes(id))
  const [first] = found
  const title = first === undefined ? 'begins here' : `${first.source || chart.machine} → ${targetsOf(first)}`
  return { title, facts: unique(found.map((edge) => edgeWords(edge, taken, false))) }
}

const targetsOf = ({ targets }: ChartEdge) => (targets.length === 0 ? 'stays' : targets.join(' and '))

function edgeWords(edge: ChartEdge, taken: OfState['taken'], isToTold = true): string {
  const { id, label, guard } = edge
  const times = taken?.get(id)?.times ?? 0
  const often = times === 0 ? '' : times === 1 ? ', taken' : `, taken ${times} times`
  return `${label}${guard === null ? '' : ` if ${guard}`}${isToTold ? ` → ${targetsOf(edge)}` : ''}${often}`
}

const unique = (facts: readonly string[]) => [...new Set(facts)].filter((fact) => fact !== '')
