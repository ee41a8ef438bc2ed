/** What has to be said for a verb. */
import { useMemo } from 'preact/hooks'
import type { FieldFault } from '../api.ts'
import { ActorField } from './actor-field.tsx'
import { AreaField, CheckField, SelectField } from './fields.tsx'
import { faultsAt } from './outcome.ts'
import { asksStep, dataOf } from './values.ts'
import type { VerbForm } from './verb-form.ts'

interface FieldsProps {
  readonly form: VerbForm
  /** Those that it could be moved to. */
  readonly versions: readonly string[]
}

export function VerbFields({ form, versions }: FieldsProps) {
  const { offered, set } = form
  const { actor, reason, to, isSure } = form.values.value
  const isUnknown = useMemo(() => actor === '', [])
  const fault = faultAt(form)
  return (
    <>
      <DataFields form={form} />
      {offered.verb === 'migrate' && (
        <SelectField
          label="To version"
          options={versions}
          value={to}
          fault={fault('to', 'to')}
          onValue={(to) => set({ to })}
        />
      )}
      <ActorField
        value={actor}
        isFirst={isUnknown}
        fault={fault('actor', 'actor')}
        onValue={(actor) => set({ actor })}
      />
      <AreaField
        label="Why?"
        hint="It stays in the journal of the saga, for all who come after you."
        value={reason}
        isFirst={!isUnknown}
        maxLength={1_000}
        fault={fault('reason', 'reason')}
        onValue={(reason) => set({ reason })}
      />
      {offered.verb === 'abandon' && (
        <CheckField
          label="I know that nothing more of it will be undone, and that this is for ever."
          isChecked={isSure}
          fault={fault('isSure', 'isSure')}
          onChecked={(isSure) => set({ isSure })}
        />
      )}
    </>
  )
}

const HINTS = {
  input: 'As JSON, instead of what it was called with.',
  output: 'As JSON, as the participant would have answered it.',
} as const

const OPTIONAL = { retry: 'Call it with another input', skip: 'Say what it would have answered' } as const

/** The step that is meant, and what is said instead of it. */
function DataFields({ form }: { readonly form: VerbForm }) {
  const { offered, set } = form
  const { verb } = offered
  const { step } = form.values.value
  const fault = faultAt(form)
  const data = dataOf(offered)
  if (data === null) return null
  const isOptional = verb === 'retry' || verb === 'skip'
  const steps = asksStep(offered) && (
    <SelectField
      label="Step"
      options={offered.steps}
      value={step}
      fault={fault('step', 'step')}
      onValue={(step) => set({ step })}
    />
  )
  if (!isOptional)
    return (
      <>
        {steps}
        <JsonField form={form} data={data} />
      </>
    )
  return (
    <>
      {verb === 'skip' && steps}
      <details class="form-more">
        <summary>{OPTIONAL[verb]}</summary>
        {verb === 'retry' && steps}
        <JsonField form={form} data={data} />
      </details>
    </>
  )
}

function JsonField({ form, data }: { readonly form: VerbForm; readonly data: 'input' | 'output' }) {
  const { json } = form.values.value
  return (
    <AreaField
      label={data === 'input' ? 'Corrected input' : 'Answer'}
      hint={HINTS[data]}
      isCode
      value={json}
      fault={faultAt(form)('json', data)}
      onValue={(json) => form.set({ json })}
    />
  )
}

/** What is wrong here by the form itself, or else by the server. */
function faultAt(form: VerbForm) {
  const fields: readonly FieldFault[] = form.trouble.value?.fields ?? form.misfit.value?.fields ?? []
  const own = form.faults.value
  return (name: string, sent: string) => own[name] ?? faultsAt(fields, sent)
}
