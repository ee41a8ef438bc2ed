/** The chart in words: what a screen reader has of it, and all that there is of one that could not be drawn. */
import { outlineOf, type OutlineItem } from '../../../chart/outline.ts'
import type { ChartViewProps } from './chart-props.ts'
import { nameOf } from './told.ts'

export function OutlineView(props: ChartViewProps) {
  return <Level {...props} items={outlineOf(props.drawn.chart)} />
}

interface LevelProps extends ChartViewProps {
  readonly items: readonly OutlineItem[]
}

function Level(props: LevelProps) {
  const { items } = props
  if (items.length === 0) return null
  return (
    <ul>
      {items.map((item) => (
        <li key={item.state}>
          <ItemView {...props} item={item} />
          <Level {...props} items={item.inside} />
        </li>
      ))}
    </ul>
  )
}

function ItemView(props: ChartViewProps & { readonly item: OutlineItem }) {
  const { marks, badges, item, onPick, pickable } = props
  const { state, label, facts, arrows } = item
  const name = nameOf(label, marks?.get(state), badges?.get(state))
  const isPickable = onPick !== undefined && state !== '' && (pickable?.has(state) ?? true)
  return (
    <>
      {isPickable ? (
        <button type="button" onClick={() => onPick(state)}>
          {name}
        </button>
      ) : (
        <strong>{name}</strong>
      )}
      {facts.length > 0 && `: ${facts.join(', ')}`}
      {arrows.length > 0 && <span class="chart-arrows">{arrows.join('; ')}</span>}
    </>
  )
}
