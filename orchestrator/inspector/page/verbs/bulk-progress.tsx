/** How far a bulk has come, what became of each saga, and how to stop it. */
import { useSignal } from '@preact/signals'
import { countedOf, numberOf, timeOf } from '../format/format.ts'
import { filterWords, OUTCOMES, seenOf, type Bulk } from './bulk-order.ts'
import type { BulkModel } from './bulk-model.ts'
import { BulkResults } from './bulk-results.tsx'
import { BulkTrouble } from './bulk-trouble.tsx'
import { ActorField } from './actor-field.tsx'
import { AreaField } from './fields.tsx'
import { rememberedActor } from './operator.ts'

const STATUS_WORDS = { running: 'under way', stopped: 'stopped', done: 'done' } as const

interface ProgressProps {
  readonly model: BulkModel
  readonly onLeave: () => void
}

export function BulkProgress({ model, onLeave }: ProgressProps) {
  const bulk = model.bulk.value
  if (bulk === null) return null
  return (
    <>
      <div class="dialog-body">
        <BulkHead bulk={bulk} />
        <Bar bulk={bulk} />
        <BulkTrouble model={model} />
        <BulkResults bulk={bulk} onLeave={onLeave} />
      </div>
      <div class="dialog-foot">
        <button type="button" class="button is-quiet" onClick={() => model.show('list')}>
          All repairs …
        </button>
        {bulk.status !== 'done' && <Change key={bulk.status} model={model} bulk={bulk} />}
      </div>
    </>
  )
}

function BulkHead({ bulk }: { readonly bulk: Bulk }) {
  const { verb, status, actor, reason, rate, created_at, filter } = bulk
  return (
    <dl class="bulk-head">
      <div>
        <dt>What</dt>
        <dd>
          <b>{verb}</b> {STATUS_WORDS[status]}, {numberOf(rate)} a second at most
        </dd>
      </div>
      <div>
        <dt>For</dt>
        <dd>{filterWords(filter)}</dd>
      </div>
      <div>
        <dt>By</dt>
        <dd>
          {actor}, {timeOf(Date.parse(created_at)).slice(0, 19)}: {reason}
        </dd>
      </div>
    </dl>
  )
}

function Bar({ bulk }: { readonly bulk: Bulk }) {
  const seen = seenOf(bulk)
  const told = OUTCOMES.filter(({ outcome }) => bulk[outcome] > 0)
    .map(({ outcome, label }) => `${numberOf(bulk[outcome])} ${label}`)
    .join(' · ')
  return (
    <div class="bulk-bar">
      <progress
        max={Math.max(1, bulk.total)}
        value={bulk.status === 'done' ? bulk.total : seen}
        aria-label="Looked at so far"
      />
      <p role="status">
        {/* Who no longer was like that when its turn came was left out. */}
        {bulk.status === 'done'
          ? countedOf(seen, 'saga')
          : `${numberOf(seen)} of ${numberOf(bulk.total)} looked at`}
        {told === '' ? '' : `: ${told}`}
        {bulk.status === 'running' && '. It goes on when you close this.'}
      </p>
    </div>
  )
}

/** Stopping it, or letting it go on, is done by somebody as well. */
function Change({ model, bulk }: { readonly model: BulkModel; readonly bulk: Bulk }) {
  const isAsked = useSignal(false)
  const actor = useSignal(rememberedActor())
  const reason = useSignal('')
  const isTried = useSignal(false)
  const did = bulk.status === 'running' ? 'stop' : 'resume'
  const label = did === 'stop' ? 'Stop it' : 'Let it go on'
  if (!isAsked.value)
    return (
      <button type="button" class="button" onClick={() => (isAsked.value = true)}>
        {label} …
      </button>
    )
  const fault = (value: string, words: string) => (isTried.value && value.trim() === '' ? words : '')
  return (
    <form
      class="bulk-change"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        isTried.value = true
        const operator = { actor: actor.value.trim(), reason: reason.value.trim() }
        if (operator.actor !== '' && operator.reason !== '') void model.change(did, operator)
      }}
    >
      <ActorField
        value={actor.value}
        fault={fault(actor.value, 'Say who you are.')}
        onValue={(value) => (actor.value = value)}
      />
      <AreaField
        label={did === 'stop' ? 'Why is it stopped?' : 'Why does it go on?'}
        value={reason.value}
        maxLength={1_000}
        fault={fault(reason.value, 'Say why.')}
        onValue={(value) => (reason.value = value)}
      />
      <button type="submit" class="button is-primary" aria-disabled={model.isBusy.value}>
        {label}
      </button>
    </form>
  )
}
