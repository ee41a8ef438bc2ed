/** What can be asked for beyond status, machine and words. */
import { computed } from '@preact/signals'
import { address, go } from '../address.ts'
import { counts } from '../live.ts'
import type { FilterWord } from './filters.tsx'

export function FilterPanel() {
  return (
    <>
      <TextField name="state" label="State" list="filter-states" placeholder="such as doing.lock" />
      <datalist id="filter-states">
        {states.value.map((state) => (
          <option key={state} value={state} />
        ))}
      </datalist>
      <TextField name="step" label="Step" placeholder="such as lock" />
      <TextField name="error_code" label="Error code" placeholder="such as ECONNREFUSED" />
      <AgeField name="older_than" label="Older than" />
      <AgeField name="younger_than" label="Younger than" />
    </>
  )
}

/** Those in which sagas stand, and the groups around them. */
const states = computed(() => {
  const paths = (counts.value ?? []).map(({ state }) => state.split(',')[0] ?? state)
  const groups = paths.flatMap((path) =>
    path.split('.').map((_, index, keys) => keys.slice(0, index + 1).join('.')),
  )
  return [...new Set(groups)].toSorted()
})

interface TextFieldProps extends FilterWord {
  readonly placeholder: string
  readonly list?: string
}

function TextField({ name, label, ...rest }: TextFieldProps) {
  return (
    <label>
      {label}
      <input
        type="text"
        class="field"
        value={address.value[name] ?? ''}
        spellcheck={false}
        autocomplete="off"
        onChange={({ currentTarget }) => go({ [name]: currentTarget.value.trim() })}
        {...rest}
      />
    </label>
  )
}

const AGES: readonly (readonly [age: string, label: string])[] = [
  ['1m', '1 minute'],
  ['15m', '15 minutes'],
  ['1h', '1 hour'],
  ['6h', '6 hours'],
  ['1d', '1 day'],
  ['7d', '7 days'],
  ['30d', '30 days'],
]

function AgeField({ name, label }: FilterWord) {
  const value = address.value[name] ?? ''
  const isOther = value !== '' && !AGES.some(([age]) => age === value)
  return (
    <label>
      {label}
      <select
        class="field"
        value={value}
        onChange={({ currentTarget }) => go({ [name]: currentTarget.value })}
      >
        <option value="">any age</option>
        {isOther && <option value={value}>{value}</option>}
        {AGES.map(([age, words]) => (
          <option key={age} value={age}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
