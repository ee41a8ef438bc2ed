/** One saga: how it stands, how it came there, and any moment on its way. */
import './saga.css'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { ErrorStrip } from './error-strip.tsx'
import { Gantt } from './gantt.tsx'
import { Panels } from './panels.tsx'
import { SagaChart } from './saga-chart.tsx'
import { SagaHead } from './saga-head.tsx'
import { SagaModel } from './saga-model.ts'
import { sourceOf, type SagaSource } from './source.ts'
import { TimeSlider } from './time-slider.tsx'
import { toldAt } from './told-events.ts'
import { useSettled } from './use-settled.ts'
import { NoSaga, Stale } from './no-saga.tsx'
import { now } from '../format/now.ts'
import { lazily } from '../lazily.tsx'

/** It stands below what one looks at first. */
const Sequence = lazily(async () => (await import('./sequence.tsx')).Sequence, { isAhead: true })

export function SagaView({ sagaId }: { readonly sagaId: string }) {
  const source = sourceOf(sagaId)
  return (
    <div class="saga-room">
      {source === null ? <NoSaga /> : <OpenSagaView sagaId={sagaId} source={source} />}
    </div>
  )
}

interface OpenSagaViewProps {
  readonly sagaId: string
  readonly source: SagaSource
}

function OpenSagaView({ sagaId, source }: OpenSagaViewProps) {
  // One file is opened in place of another one under the same address.
  const kind = source.kind === 'file' ? source : null
  const model = useMemo(() => new SagaModel(sagaId, source), [sagaId, kind])
  useEffect(() => model.start(), [model])
  const [pointed, setPointed] = useState<ReadonlySet<string>>(NOTHING)
  const saga = model.saga.value
  const fault = model.fault.value
  if (saga === null) return fault === null ? <Loading /> : <NoSaga fault={fault} onAgain={model.refresh} />
  return (
    <section class="saga" aria-label={`Saga ${saga.business_key ?? saga.saga_id}`}>
      <div class="saga-scroll">
        <SagaHead model={model} saga={saga} />
        <div class="saga-strips">
          {fault !== null && <Stale fault={fault} onAgain={model.refresh} />}
          <ErrorStrip model={model} saga={saga} />
        </div>
        <div class="saga-body">
          <div class="saga-story">
            <SagaChart model={model} pointed={pointed} />
            <SagaSequence model={model} />
          </div>
          <Panels model={model} saga={saga} onPointed={setPointed} />
        </div>
        <div class="saga-lanes">
          <SagaGantt model={model} />
        </div>
      </div>
      <footer class="saga-foot">
        <TimeSlider model={model} />
      </footer>
    </section>
  )
}

const NOTHING: ReadonlySet<string> = new Set()

const Loading = () => (
  <section class="saga is-loading" aria-busy="true">
    <p role="status">Reading the saga …</p>
  </section>
)

function SagaSequence({ model }: { readonly model: SagaModel }) {
  const story = model.story.value
  const events = useMemo(() => toldAt(model.events.value), [model.events.value])
  const seq = useSettled(model.looked.value.seq, story.moments.length)
  return useMemo(
    () => <Sequence story={story} seq={seq} events={events} onMoment={model.goToSeq} />,
    [story, seq, events, model],
  )
}

/** Ticks only while a call is open. */
function SagaGantt({ model }: { readonly model: SagaModel }) {
  const story = model.story.value
  const { moments, calls } = story
  const isOpen = model.source.kind === 'server' && calls.some(({ to }) => to === null)
  const until = isOpen ? now.value : (moments.at(-1)?.at ?? 0)
  const seq = useSettled(model.looked.value.seq, moments.length)
  return useMemo(
    () => <Gantt story={story} seq={seq} now={until} onMoment={model.goToSeq} />,
    [story, seq, until, model],
  )
}
