/** What is asked for beyond status and machine: each a chip that takes it away, and a panel to ask for more. */
import { computed, signal } from '@preact/signals'
import { address, go } from '../address.ts'
import { Icon } from '../icon/icon.tsx'
import type { Address } from '../hash.ts'
import { counts } from '../live.ts'

interface FilterWord {
  readonly name: keyof Address
  readonly label: string
}

const WORDS: readonly FilterWord[] = [
  { name: 'state', label: 'State' },
  { name: 'step', label: 'Step' },
  { name: 'error_code', label: 'Error code' },
  { name: 'older_than', label: 'Older than' },
  { name: 'younger_than', label: 'Younger than' },
]

/** Whether one asks for more. */
const isPanelOpen = signal(false)

export function Filters() {
  const asked = WORDS.filter(({ name }) => address.value[name] !== undefined)
  return (
    <>
      {asked.length > 0 && (
        <div class="chips" role="group" aria-label="Filters">
          {asked.map((word) => (
            <RemovableChip key={word.name} {...word} />
          ))}
        </div>
      )}
      <div id="filter-panel" class="filter-panel" hidden={!isPanelOpen.value}>
        {isPanelOpen.value && <Panel />}
      </div>
    </>
  )
}

export function FilterButton() {
  return (
    <button
      type="button"
      class="button is-icon"
      aria-label="More filters"
      title="More filters"
      aria-expanded={isPanelOpen}
      aria-controls="filter-panel"
      onClick={() => (isPanelOpen.value = !isPanelOpen.value)}
    >
      <Icon name="filter" />
    </button>
  )
}

function RemovableChip({ name, label }: FilterWord) {
  const value = address.value[name] ?? ''
  return (
    <button
      type="button"
      class="chip is-removable"
      aria-label={`Take away: ${label.toLowerCase()} ${value}`}
      title={`${label}: ${value}`}
      onClick={() => go({ [name]: undefined })}
    >
      <span class="chip-text">
        {label.toLowerCase()} <b>{value}</b>
      </span>
      <Icon name="close" />
    </button>
  )
}

function Panel() {
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
