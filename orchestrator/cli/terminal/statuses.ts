// How the status of a saga looks: a glyph for those who see no colours, a colour for those who skim.
import type { SagaStatus } from '../../engine/ports.ts'
import { paint, type Style } from './screen.ts'

const LOOKS: Readonly<Record<SagaStatus, readonly [glyph: string, Style]>> = {
  running: ['▸', 'cyan'],
  compensating: ['◂', 'yellow'],
  parked: ['‖', ['magenta', 'bold']],
  done: ['✓', 'green'],
  failed: ['✗', 'red'],
}

/** A status that only a later Skald knows has none. */
const lookOf = (status: string): readonly [glyph: string, Style] =>
  Object.hasOwn(LOOKS, status) ? LOOKS[status as SagaStatus] : ['?', 'dim']

export const glyphOf = (status: string): string => lookOf(status)[0]
export const styleOf = (status: string): Style => lookOf(status)[1]

export function painted(status: string, text = `${glyphOf(status)} ${status}`): string {
  return paint(styleOf(status), text)
}
