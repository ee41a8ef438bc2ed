/** The chart in words: what a screen reader has of it, and all that there is of one that could not be drawn. */
import type { ChartState } from '../../../chart/chart.ts'
import type { ChartViewProps } from './chart-view.tsx'
import { nameOf, toldOfState } from './told.ts'

export function OutlineView(props: ChartViewProps) {
  const inside = Map.groupBy(props.drawn.chart.states, ({ parent }) => parent)
  return <Level {...props} inside={inside} parent={null} />
}

interface LevelProps extends ChartViewProps {
  readonly inside: ReadonlyMap<string | null, readonly ChartState[]>
  readonly parent: string | null
}

function Level(props: LevelProps) {
  const { inside, parent } = props
  const states = inside.get(parent) ?? []
  if (states.length === 0) return null
  return (
    <ul>
      {states.map((state) => (
        <li key={state.id}>
          <StateWords {...props} state={state} />
          <Level {...props} parent={state.id} />
        </li>
      ))}
    </ul>
  )
}

const TYPE_WORDS: Readonly<Record<ChartState['type'], string>> = {
  atomic: '',
  compound: '',
  parallel: 'all of it at once',
  final: 'an end',
  history: 'back to where it was',
}

function StateWords(props: ChartViewProps & { readonly state: ChartState }) {
  const { drawn, marks, badges, taken, state, onPick, pickable } = props
  const { id, key, type } = state
  const [mark, badge] = [marks?.get(id), badges?.get(id)]
  const name = nameOf(key, mark, badge)
  const { facts } = toldOfState({ chart: drawn.chart, state: id, mark: undefined, badge: undefined, taken })
  const words = [TYPE_WORDS[type], ...facts].filter((fact) => fact !== '')
  const isPickable = onPick !== undefined && (pickable?.has(id) ?? true)
  return (
    <>
      {isPickable ? (
        <button type="button" onClick={() => onPick(id)}>
          {name}
        </button>
      ) : (
        <strong>{name}</strong>
      )}
      {words.length > 0 && `: ${words.join('; ')}`}
    </>
  )
}
