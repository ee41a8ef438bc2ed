/** Light or dark: as the system has it, until somebody chooses. Kept by the browser, for this server's pages. */
import { effect, signal } from '@preact/signals'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'skald-theme'

export const theme = signal<Theme>(THEMES.find((one) => one === kept()) ?? 'system')

/** A browser may be told to keep nothing. */
function kept(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

function keep(chosen: Theme): void {
  try {
    localStorage.setItem(KEY, chosen)
  } catch {
    // It holds until the page is left.
  }
}

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme.value
  keep(theme.value)
})
