/** What can be done with a saga where it stands: a button for what is likeliest, a menu for the rest. */
import './verbs.css'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Chart } from '../../../chart/chart.ts'
import type { Story } from '../../../story/story.ts'
import { Icon } from '../icon/icon.tsx'
import type { GlyphName } from '../icon/glyphs.ts'
import type { OpenSaga } from '../types.ts'
import { lazily } from '../lazily.tsx'
import { mayOperate } from '../session.ts'
import { Menu } from './menu.tsx'
import { LABELS, MEANINGS, offeredOf, type AnyVerb, type OfferedVerb } from './verb-list.ts'

const VerbDialog = lazily(async () => (await import('./verb-dialog.tsx')).VerbDialog)

export interface VerbsProps {
  readonly saga: OpenSaga
  readonly story: Story
  /** Of its version; null where nobody knows it. */
  readonly chart: Chart | null
  /** It was told something, and may stand elsewhere now. */
  readonly onDone: () => void
}

const GLYPHS: Readonly<Record<AnyVerb, GlyphName>> = {
  retry: 'retry',
  skip: 'forward',
  complete: 'done',
  compensate: 'compensating',
  cancel: 'close',
  abandon: 'abandoned',
  migrate: 'last',
}

/** Long enough to be read; the journal has it for ever. */
const TOLD_MS = 15_000

export function Verbs({ saga, story, chart, onDone }: VerbsProps) {
  const asked = useSignal<OfferedVerb | null>(null)
  const told = useSignal('')
  const { buttons, menu } = offeredOf(saga)
  const said = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (told.value === '') return
    // The button that had the focus may be gone: it can not be told to do that once more.
    said.current?.focus()
    const timer = setTimeout(() => (told.value = ''), TOLD_MS)
    return () => clearTimeout(timer)
  }, [told.value])
  if (!mayOperate.value) return null
  return (
    <div class="verbs" role="group" aria-label="What can be done">
      <span ref={said} class="verbs-told" role="status" tabIndex={-1}>
        {told}
      </span>
      {buttons.map((offered) => (
        <VerbButton key={offered.verb} offered={offered} onAsk={(one) => (asked.value = one)} />
      ))}
      {menu.length > 0 && (
        <Menu label={buttons.length === 0 ? 'Repair' : 'More'}>
          {menu.map((offered) => (
            <VerbButton key={offered.verb} offered={offered} onAsk={(one) => (asked.value = one)} />
          ))}
        </Menu>
      )}
      {asked.value !== null && (
        <VerbDialog
          {...{ saga, story, chart }}
          offered={asked.value}
          onClose={() => (asked.value = null)}
          onTold={(words) => {
            asked.value = null
            told.value = words
            onDone()
          }}
        />
      )}
    </div>
  )
}

interface VerbButtonProps {
  readonly offered: OfferedVerb
  readonly onAsk: (offered: OfferedVerb) => void
}

function VerbButton({ offered, onAsk }: VerbButtonProps) {
  const { verb } = offered
  return (
    <button
      type="button"
      class={`button ${verb === 'abandon' ? 'is-danger' : ''}`}
      title={MEANINGS[verb]}
      onClick={() => onAsk(offered)}
    >
      <Icon name={GLYPHS[verb]} /> {LABELS[verb]} …
    </button>
  )
}
