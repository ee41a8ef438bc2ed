/** Icons: never letters or emoji, which each system draws in its own way. */
import './icon.css'
import type { SagaStatus } from '../types.ts'
import { GLYPHS, markOf, type Glyph, type GlyphName, type Mark } from './glyphs.ts'

interface IconProps {
  readonly name: GlyphName
  /** Read out instead of it; without one it says nothing, for the words beside it do. */
  readonly title?: string
}

export function Icon({ name, title }: IconProps) {
  const told =
    title === undefined
      ? ({ 'aria-hidden': 'true' } as const)
      : ({ role: 'img', 'aria-label': title } as const)
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" {...told}>
      <GlyphPath name={name} />
    </svg>
  )
}

/** The drawing alone, to stand in an SVG of one's own: 16 by 16 from its origin, in the colour of the text there. */
export function GlyphPath({ name }: { readonly name: GlyphName }) {
  const { d, isFilled = false }: Glyph = GLYPHS[name]
  return <path class={isFilled ? 'glyph glyph-filled' : 'glyph'} d={d} />
}

/** In a small box of its own colour. */
export function MarkIcon({ mark, title }: { readonly mark: Mark; readonly title?: string }) {
  return (
    <span class={`mark-icon is-${mark}`}>
      <Icon name={mark} {...(title !== undefined && { title })} />
    </span>
  )
}

/** `title` for where no word beside it tells the status. */
export function StatusIcon({ status, title }: { readonly status: SagaStatus; readonly title?: string }) {
  return <MarkIcon mark={markOf(status)} {...(title !== undefined && { title })} />
}
