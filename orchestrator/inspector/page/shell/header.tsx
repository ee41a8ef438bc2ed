/** Whose sagas are looked at, whether what is seen is fresh, and what concerns the page itself. */
import './header.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { address, closeSaga, go } from '../address.ts'
import { OpenFileButton } from '../file/open-file-button.tsx'
import { Icon } from '../icon/icon.tsx'
import { ConnectionState } from './connection.tsx'
import { lazily } from '../lazily.tsx'
import { isLocked, signedIn } from '../session.ts'
import { isPlainKey } from './keys.ts'
import { ScopeSwitch } from './scope-switch.tsx'
import { ThemeButton } from './theme-button.tsx'

const Account = lazily(async () => (await import('./account.tsx')).Account)
const Help = lazily(async () => (await import('./help.tsx')).Help)

export function Header() {
  const isHelpOpen = useSignal(false)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isPlainKey(event)) return
      if (event.key === '?') isHelpOpen.value = true
      if (event.key === 'Escape' && address.peek().saga !== undefined) closeSaga()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
  return (
    <header class="header">
      <h1>
        <a href="#" aria-label="Skald inspector: the overview">
          <Logo /> <span>Skald</span>
        </a>
      </h1>
      <ScopeSwitch />
      <PaneSwitch />
      <div class="header-end">
        {!isLocked.value && <ConnectionState />}
        <OpenFileButton />
        {signedIn.value !== null && <Account />}
        <ThemeButton />
        <button
          type="button"
          class="button is-icon"
          aria-label="Help"
          title="Help (?)"
          onClick={() => (isHelpOpen.value = true)}
        >
          <Icon name="help" />
        </button>
      </div>
      {isHelpOpen.value && <Help onClose={() => (isHelpOpen.value = false)} />}
    </header>
  )
}

/** Back from a saga. On a narrow screen, where there is room for one of the two, also from the list to the chart. */
function PaneSwitch() {
  const { pane, saga } = address.value
  if (saga !== undefined)
    return (
      <button type="button" class="button" title="Back to the overview (Esc)" onClick={closeSaga}>
        <Icon name="back" /> Back
      </button>
    )
  const isChart = pane === 'chart'
  return (
    <button
      type="button"
      class="button pane-switch"
      onClick={() => go({ pane: isChart ? undefined : 'chart' })}
    >
      <Icon name={isChart ? 'list' : 'chart'} /> {isChart ? 'List' : 'Chart'}
    </button>
  )
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M10 7v18M22 25V7" />
      <path class="logo-way" d="M10 12h8a4 4 0 0 1 4 4" />
      <circle cx="10" cy="12" r="3" />
      <circle class="logo-end" cx="22" cy="19" r="3" />
    </svg>
  )
}
