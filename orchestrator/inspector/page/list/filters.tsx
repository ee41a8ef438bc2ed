/** What is asked for beyond status and machine: each a chip that takes it away, and a panel to ask for more. */
import { signal } from '@preact/signals'
import { address, go } from '../address.ts'
import { Icon } from '../icon/icon.tsx'
import type { Address } from '../hash.ts'
import { lazily } from '../lazily.tsx'

export interface FilterWord {
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

const FilterPanel = lazily(async () => (await import('./filter-panel.tsx')).FilterPanel)

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
        {isPanelOpen.value && <FilterPanel />}
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
