/** What is wrong, where nobody can overlook it. */
import './error-strip.css'
import { now } from '../format/now.ts'
import { Icon, MarkIcon } from '../icon/icon.tsx'
import type { OpenSaga } from '../types.ts'
import type { SagaModel } from './saga-model.ts'
import { troubleOf } from './trouble.ts'

export function ErrorStrip({ model, saga }: { readonly model: SagaModel; readonly saga: OpenSaga }) {
  const story = model.story.value
  const { index, last } = model.looked.value
  // Only what waits for its next try tells another time each second.
  const ticks = saga.status === 'parked' && index === last
  const trouble = troubleOf({
    saga,
    story,
    moment: story.moments[index],
    isLast: index === last,
    now: ticks ? (model.source.asOf ?? now.value) : 0,
  })
  if (trouble === null) return null
  const { mark, title, facts, answer } = trouble
  return (
    <section
      class={`error-strip is-${mark}`}
      aria-label={mark === 'past' ? 'What happened then' : 'What is wrong'}
    >
      {mark === 'past' ? <Icon name="clock" /> : <MarkIcon mark={mark} />}
      <div class="error-words">
        <strong>{title}</strong>
        <ul>
          {facts.map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
        {answer !== null && (
          <details>
            <summary>What the participant answered</summary>
            <pre tabIndex={0} aria-label="What the participant answered">
              {answer}
            </pre>
          </details>
        )}
      </div>
    </section>
  )
}
