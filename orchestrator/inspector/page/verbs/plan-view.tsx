/** What will happen, as far as anybody can say before it does. */
import type { Chart } from '../../../chart/chart.ts'
import type { Story } from '../../../story/story.ts'
import { Icon } from '../icon/icon.tsx'
import type { OpenSaga } from '../types.ts'
import { planOf } from './plan.ts'
import type { VerbForm } from './verb-form.ts'

interface PlanProps {
  readonly id: string
  readonly form: VerbForm
  readonly saga: OpenSaga
  readonly story: Story
  readonly chart: Chart | null
}

export function PlanView({ id, form, saga, story, chart }: PlanProps) {
  const trial = form.trial.value
  const { step } = form.values.value
  const { happens, undone, stays } = planOf({ verb: form.offered.verb, saga, story, chart, step, trial })
  return (
    <section class="verb-plan" id={id} aria-label="What will happen" aria-live="polite">
      <ol>
        {happens.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {undone.length > 0 && (
          <li>
            <Icon name="compensating" /> Undone, in this order: <Steps names={undone} />
          </li>
        )}
        {stays.length > 0 && (
          <li class="verb-stays">
            <Icon name="alert" /> Not undone: <Steps names={stays} />
          </li>
        )}
      </ol>
      {trial?.possible === false && (
        <p class="notice is-warning">
          <Icon name="alert" /> <span>As it stands now that is not possible: {trial.why}.</span>
        </p>
      )}
    </section>
  )
}

function Steps({ names }: { readonly names: readonly string[] }) {
  return (
    <>
      {names.map((name, nth) => (
        <span key={name}>
          {nth > 0 && ' → '}
          <b>{name}</b>
        </span>
      ))}
    </>
  )
}
