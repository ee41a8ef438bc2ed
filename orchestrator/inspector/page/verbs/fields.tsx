/** Fields of a form, each with its label, its hint and what is wrong with it. */
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly hint?: string
  /** '' if nothing is wrong with it. */
  readonly fault: string
  readonly value: string
  readonly onValue: (value: string) => void
  /** Where a dialog begins. */
  readonly isFirst?: boolean
}

interface Told {
  readonly id: string
  readonly 'aria-invalid': 'true' | undefined
  readonly 'aria-describedby': string
}

function Labelled({
  label,
  hint,
  fault,
  children,
}: Pick<FieldProps, 'label' | 'hint' | 'fault'> & { readonly children: (told: Told) => ComponentChildren }) {
  const id = useId()
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <p class="form-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children({
        id,
        'aria-invalid': fault === '' ? undefined : 'true',
        'aria-describedby': `${hint === undefined ? '' : `${id}-hint `}${id}-fault`,
      })}
      <p class="form-fault" id={`${id}-fault`} role={fault === '' ? undefined : 'alert'}>
        {fault}
      </p>
    </div>
  )
}

export function TextField({
  value,
  onValue,
  maxLength,
  autoComplete,
  isFirst = false,
  ...told
}: FieldProps & { readonly maxLength: number; readonly autoComplete?: 'name' }) {
  return (
    <Labelled {...told}>
      {(attributes) => (
        <input
          type="text"
          class="field"
          {...attributes}
          required
          autofocus={isFirst}
          maxLength={maxLength}
          autoComplete={autoComplete ?? 'off'}
          value={value}
          onInput={({ currentTarget }) => onValue(currentTarget.value)}
        />
      )}
    </Labelled>
  )
}

export function AreaField({
  value,
  onValue,
  maxLength,
  isCode = false,
  isFirst = false,
  ...told
}: FieldProps & { readonly maxLength?: number; readonly isCode?: boolean }) {
  return (
    <Labelled {...told}>
      {(attributes) => (
        <textarea
          class={`field ${isCode ? 'is-code' : ''}`}
          {...attributes}
          rows={isCode ? 4 : 2}
          autofocus={isFirst}
          spellcheck={!isCode}
          {...(maxLength !== undefined && { maxLength })}
          value={value}
          onInput={({ currentTarget }) => onValue(currentTarget.value)}
        />
      )}
    </Labelled>
  )
}

export function SelectField({
  value,
  onValue,
  options,
  ...told
}: FieldProps & { readonly options: readonly string[] }) {
  return (
    <Labelled {...told}>
      {(attributes) => (
        <select
          class="field"
          {...attributes}
          value={value}
          onChange={({ currentTarget }) => onValue(currentTarget.value)}
        >
          <option value="">Choose …</option>
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  )
}

interface CheckProps {
  readonly label: string
  readonly fault: string
  readonly isChecked: boolean
  readonly onChecked: (isChecked: boolean) => void
}

export function CheckField({ label, fault, isChecked, onChecked }: CheckProps) {
  const id = useId()
  return (
    <div class="form-field">
      <label class="form-check">
        <input
          type="checkbox"
          checked={isChecked}
          aria-invalid={fault === '' ? undefined : 'true'}
          aria-describedby={id}
          onChange={({ currentTarget }) => onChecked(currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      <p class="form-fault" id={id} role={fault === '' ? undefined : 'alert'}>
        {fault}
      </p>
    </div>
  )
}
