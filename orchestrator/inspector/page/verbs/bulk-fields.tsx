/** What is to be done, by whom and why. */
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { scopes } from '../machines.ts'
import { ActorField } from './actor-field.tsx'
import { bulkDataOf, filterWords } from './bulk-order.ts'
import type { BulkModel } from './bulk-model.ts'
import { BulkTrouble } from './bulk-trouble.tsx'
import { AreaField, SelectField, TextField } from './fields.tsx'
import { faultsAt } from './outcome.ts'
import { LABELS, MEANINGS, type AnyVerb } from './verb-list.ts'

const VERBS = Object.keys(LABELS) as readonly AnyVerb[]

export function BulkFields({ model }: { readonly model: BulkModel }) {
  const form = useRef<HTMLFormElement>(null)
  const tried = useSignal(0)
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [tried.value])
  const onSubmit = async (event: Event) => {
    event.preventDefault()
    await model.tryOut()
    tried.value += 1
  }
  const { reason, actor, rate } = model.order.value
  const fault = faultAt(model)
  return (
    <form ref={form} noValidate onSubmit={(event) => void onSubmit(event)}>
      <div class="dialog-body">
        <p class="bulk-filter">
          For all sagas that have not ended and are like this: <b>{filterWords(model.filter)}</b>
        </p>
        <VerbChoice model={model} />
        <DetailFields model={model} />
        <ActorField value={actor} fault={fault('actor')} onValue={(actor) => model.set({ actor })} />
        <AreaField
          label="Why?"
          hint="It stays in the journal of each saga."
          value={reason}
          maxLength={1_000}
          fault={fault('reason')}
          onValue={(reason) => model.set({ reason })}
        />
        <TextField
          label="How many a second, at most"
          value={rate}
          maxLength={4}
          fault={fault('rate')}
          onValue={(rate) => model.set({ rate })}
        />
        <BulkTrouble model={model} />
      </div>
      <div class="dialog-foot">
        <button type="button" class="button is-quiet" onClick={() => model.show('list')}>
          Repairs under way …
        </button>
        <button type="submit" class="button is-primary" aria-disabled={model.isBusy.value}>
          {model.isBusy.value ? 'Trying it out …' : 'Try it out first'}
        </button>
      </div>
    </form>
  )
}

function VerbChoice({ model }: { readonly model: BulkModel }) {
  const { verb } = model.order.value
  return (
    <fieldset class="bulk-verbs">
      <legend>What</legend>
      {VERBS.map((one) => (
        <label key={one} class="form-check">
          <input
            type="radio"
            name="verb"
            value={one}
            checked={one === verb}
            autofocus={one === verb}
            onChange={() => model.set({ verb: one })}
          />
          <span>
            <b>{LABELS[one]}</b>: {MEANINGS[one]}
          </span>
        </label>
      ))}
    </fieldset>
  )
}

function DetailFields({ model }: { readonly model: BulkModel }) {
  const { verb, step, json, to } = model.order.value
  const fault = faultAt(model)
  const data = bulkDataOf(verb)
  if (verb === 'migrate')
    return (
      <SelectField
        label="To version"
        options={versionsOf(model)}
        value={to}
        fault={fault('to')}
        onValue={(to) => model.set({ to })}
      />
    )
  if (data === null) return null
  const fields = (
    <>
      <TextField
        label="Step"
        hint="Needed where a saga could be about several."
        value={step}
        maxLength={200}
        fault={fault('step')}
        onValue={(step) => model.set({ step })}
      />
      <AreaField
        label={data === 'input' ? 'Corrected input' : 'Answer'}
        hint="As JSON, the same for each of them."
        isCode
        value={json}
        fault={fault('json', data)}
        onValue={(json) => model.set({ json })}
      />
    </>
  )
  if (verb === 'complete') return fields
  return (
    <details class="form-more">
      <summary>{verb === 'retry' ? 'With another input' : 'About one step, or with an answer'}</summary>
      {fields}
    </details>
  )
}

function versionsOf({ filter }: BulkModel): readonly string[] {
  const all = scopes.value.filter(({ machine }) => filter.machine === undefined || machine === filter.machine)
  return [...new Set(all.flatMap(({ versions }) => versions.map(({ version }) => version)))]
}

function faultAt(model: BulkModel) {
  const own = model.faults.value
  const fields = model.trouble.value?.fields ?? []
  return (name: keyof typeof own, sent: string = name) => own[name] ?? faultsAt(fields, sent)
}
