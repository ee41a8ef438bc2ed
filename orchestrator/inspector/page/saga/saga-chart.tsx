/** The chart of the version that the saga was on at the moment that is looked at, with the way that it took until then. */
import { useMemo } from 'preact/hooks'
import { marksAt, type Marks } from '../../../story/marks.ts'
import type { Story } from '../../../story/story.ts'
import type { StateMark } from '../chart/chart-props.ts'
import { ChartView } from '../chart/chart-view.tsx'
import type { SagaModel } from './saga-model.ts'

interface SagaChartProps {
  readonly model: SagaModel
  readonly pointed: ReadonlySet<string>
}

export function SagaChart({ model, pointed }: SagaChartProps) {
  const story = model.story.value
  const saga = model.saga.value
  const { index, seq } = model.looked.value
  const version = story.moments[index]?.version ?? saga?.version ?? ''
  const drawn = model.charts.value.get(version)
  const marks = useMemo(() => (drawn ? marksAt(story, drawn.chart, seq) : NONE), [story, drawn, seq])
  const shown = useMemo(() => shownOf(marks), [marks])
  const pickable = useMemo(() => new Set(story.moments.flatMap(({ active }) => active)), [story])
  if (drawn === undefined || saga === null)
    return <p class="saga-chart is-empty chart-coming">Reading the chart …</p>
  if (drawn === null) return <NoChart model={model} version={version} />
  return (
    <div class="saga-chart">
      <ChartView
        drawn={drawn}
        title={`${saga.machine}@${version}, and the way that the saga took`}
        marks={shown}
        taken={marks.edges}
        pointed={pointed}
        pickable={pickable}
        onPick={(state) => model.goToSeq(nextTimeIn(story, state, seq))}
      />
    </div>
  )
}

const NONE: Marks = { states: new Map(), edges: new Map(), current: [] }

function shownOf({ states }: Marks): ReadonlyMap<string, StateMark> {
  const entries = [...states].map(([id, { mark, tries, note }]) => {
    const shown: StateMark = { mark, detail: note, ...(tries > 1 && { note: `${tries} tries` }) }
    return [id, shown] as const
  })
  return new Map(entries)
}

/** When it came there next; behind the last time, the first one. */
function nextTimeIn({ moments }: Story, state: string, seq: number): number {
  const entries = moments.filter(
    ({ active }, index) => active.includes(state) && moments[index - 1]?.active.includes(state) !== true,
  )
  return (entries.find((moment) => moment.seq > seq) ?? entries[0])?.seq ?? seq
}

function NoChart({ model, version }: { readonly model: SagaModel; readonly version: string }) {
  const states = [...new Set(model.story.value.moments.map(({ to }) => to))]
  return (
    <section class="saga-chart is-empty">
      <p>
        Nobody here has version {version} of its machine, nor its chart. These are the states that it was in:
      </p>
      <ol>
        {states.map((state) => (
          <li key={state}>{state}</li>
        ))}
      </ol>
    </section>
  )
}
