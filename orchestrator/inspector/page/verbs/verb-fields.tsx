/** What has to be said for a verb. */
import type { FieldFault } from '../api.ts'
import { AreaField, CheckField, SelectField, TextField } from './fields.tsx'
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
      <TextField
        label="Who are you?"
        value={actor}
        maxLength={200}
        autoComplete="name"
        fault={fault('actor', 'actor')}
        onValue={(actor) => set({ actor })}
      />
      <AreaField
        label="Why?"
        hint="It stays in the journal of the saga, for all who come after you."
        value={reason}
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
  input: 'As JSON, instead of what it was called with; leave it empty to call it as before.',
  output: 'As JSON, as the participant would have answered it.',
} as const

/** The step that is meant, and what is said instead of it. */
function DataFields({ form }: { readonly form: VerbForm }) {
  const { offered, set } = form
  const { step, json } = form.values.value
  const fault = faultAt(form)
  const data = dataOf(offered)
  if (data === null) return null
  const isOptional = offered.verb !== 'complete'
  const label =
    data === 'input'
      ? 'Corrected input'
      : `Answer of the ${offered.verb === 'skip' ? 'compensation' : 'step'}`
  return (
    <>
      {asksStep(offered) && (
        <SelectField
          label="Step"
          options={offered.steps}
          value={step}
          fault={fault('step', 'step')}
          onValue={(step) => set({ step })}
        />
      )}
      <AreaField
        label={`${label}${isOptional ? ' (may be left empty)' : ''}`}
        hint={HINTS[data]}
        isCode
        value={json}
        fault={fault('json', data)}
        onValue={(json) => set({ json })}
      />
    </>
  )
}

/** What is wrong here by the form itself, or else by the server. */
function faultAt(form: VerbForm) {
  const fields: readonly FieldFault[] = form.trouble.value?.fields ?? form.misfit.value?.fields ?? []
  const own = form.faults.value
  return (name: string, sent: string) => own[name] ?? faultsAt(fields, sent)
}
