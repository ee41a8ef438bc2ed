import { Icon } from '../icon/icon.tsx'
import type { GlyphName } from '../icon/glyphs.ts'
import { THEMES, theme, type Theme } from './theme.ts'

const ICONS: Readonly<Record<Theme, GlyphName>> = { system: 'system', light: 'light', dark: 'dark' }

/** From one to the next. */
export function ThemeButton() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system'
  const told = `Theme: ${theme.value}. Change to ${next}`
  return (
    <button
      type="button"
      class="button is-icon"
      aria-label={told}
      title={told}
      onClick={() => (theme.value = next)}
    >
      <Icon name={ICONS[theme.value]} />
    </button>
  )
}
