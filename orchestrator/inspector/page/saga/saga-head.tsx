/** Which saga it is, how it stands, and what can be done. */
import type { Story } from '../../../story/story.ts'
import { countedOf, durationOf, timeOf } from '../format/format.ts'
import { now } from '../format/now.ts'
import { Icon, StatusIcon } from '../icon/icon.tsx'
import type { OpenSaga } from '../types.ts'
import { Verbs } from '../verbs/verbs.tsx'
import { CopyButton } from './copy-button.tsx'
import type { SagaModel } from './saga-model.ts'

export function SagaHead({ model, saga }: { readonly model: SagaModel; readonly saga: OpenSaga }) {
  const { saga_id, business_key, machine, version, status, state, seq } = saga
  const drawn = model.charts.value.get(version)
  return (
    <header class="saga-head">
      <StatusIcon status={status} />
      <div class="saga-title">
        <h1 title={business_key ?? saga_id}>{business_key ?? saga_id}</h1>
        <span class="saga-id">
          {business_key !== null && <code>{saga_id}</code>}
          <CopyButton text={() => saga_id} what="the id of the saga" />
        </span>
        <p class="saga-facts">
          <b class={`saga-status is-${status}`}>{status}</b>
          {status !== 'done' && status !== 'failed' && <span>{state}</span>}
          <span>
            {machine}@{version}
          </span>
          <span>{countedOf(seq + 1, 'transition')}</span>
          <Lifetime saga={saga} asOf={model.source.asOf} story={model.story.value} />
          <span>begun {timeOf(begunOf(saga, model.story.value)).slice(0, 19)}</span>
          {model.source.kind === 'file' && <span>from a file</span>}
        </p>
      </div>
      <div class="saga-acts">
        {model.source.kind === 'server' && (
          <Verbs
            saga={saga}
            story={model.story.value}
            chart={drawn?.chart ?? null}
            onDone={() => void model.refresh()}
          />
        )}
        {model.source.exportUrl !== null && (
          <a
            class="button is-icon"
            href={model.source.exportUrl}
            download
            title="Save the whole saga as a file"
          >
            <Icon name="download" title="Save the whole saga as a file" />
          </a>
        )}
      </div>
    </header>
  )
}

/** By the journal, as in all the pictures: the row was written a moment later. */
const begunOf = ({ created_at }: OpenSaga, { moments }: Story) => moments[0]?.at ?? Date.parse(created_at)

interface LifetimeProps {
  readonly saga: OpenSaga
  readonly asOf: number | null
  readonly story: Story
}

/** Ticks while it runs. */
function Lifetime({ saga, asOf, story }: LifetimeProps) {
  const { status, seq, updated_at } = saga
  const isOver = status === 'done' || status === 'failed'
  const last = story.moments.at(-1)
  const ended = last?.seq === seq ? last.at : Date.parse(updated_at)
  const ms = (isOver ? ended : (asOf ?? now.value)) - begunOf(saga, story)
  return (
    <span>
      {isOver || ms < 1_000 ? durationOf(Math.max(0, ms)) : durationOf(Math.floor(ms / 1_000) * 1_000)}
    </span>
  )
}
