/** How many a bulk would be about, and what would become of the newest of them. */
import { countedOf, numberOf, shortIdOf } from '../format/format.ts'
import { Icon } from '../icon/icon.tsx'
import type { BulkTrial } from './bulk-order.ts'
import type { BulkModel } from './bulk-model.ts'
import { BulkTrouble } from './bulk-trouble.tsx'
import { LABELS, type AnyVerb } from './verb-list.ts'

export function BulkTrialView({ model }: { readonly model: BulkModel }) {
  const trial = model.trial.value
  const { verb } = model.order.value
  if (trial === null) return null
  const isBusy = model.isBusy.value
  const canBegin = trial.possible > 0 || trial.looked_at < trial.count
  return (
    <>
      <div class="dialog-body">
        <p class="bulk-counts">
          {trial.count === 0 ? 'No saga is like that at the moment.' : <Possible trial={trial} verb={verb} />}
        </p>
        <Sample sample={trial.sample} />
        {trial.count > trial.sample.length && (
          <p class="bulk-more">and {numberOf(trial.count - trial.sample.length)} more</p>
        )}
        {verb === 'abandon' && trial.count > 0 && (
          <p class="notice is-error">
            <Icon name="alert" />
            <span>They end failed, nothing more of them is undone, and that is for ever.</span>
          </p>
        )}
        <BulkTrouble model={model} />
      </div>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => model.show('order')}>
          <Icon name="back" /> Change it
        </button>
        <button
          type="button"
          class={`button is-primary ${verb === 'abandon' ? 'is-danger' : ''}`}
          aria-disabled={isBusy}
          disabled={!canBegin}
          onClick={() => void model.begin()}
        >
          {isBusy ? 'Sending …' : `${LABELS[verb]} ${countedOf(trial.count, 'saga')}`}
        </button>
      </div>
    </>
  )
}

function Possible({ trial, verb }: { readonly trial: BulkTrial; readonly verb: AnyVerb }) {
  const { count, looked_at, possible, refused } = trial
  return (
    <>
      <b>{countedOf(count, 'saga')}</b> {count === 1 ? 'is' : 'are'} like that.{' '}
      {looked_at < count && `Of the ${numberOf(looked_at)} newest, `}
      {numberOf(possible)} can be told to {verb}, {numberOf(refused)} can not.
    </>
  )
}

function Sample({ sample }: Pick<BulkTrial, 'sample'>) {
  return (
    <ul class="bulk-sagas">
      {sample.map(({ saga_id, status, state, possible, why }) => (
        <li key={saga_id}>
          <span class={possible ? 'bulk-yes' : 'bulk-no'}>
            <Icon name={possible ? 'done' : 'failed'} title={possible ? 'possible' : 'not possible'} />
          </span>
          <code title={saga_id}>…{shortIdOf(saga_id)}</code>
          <span>{possible ? `${status} · ${state}` : (why ?? `${status} · ${state}`)}</span>
        </li>
      ))}
    </ul>
  )
}
