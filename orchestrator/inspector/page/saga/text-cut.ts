/** Cuts a text to a room in pixels, at the size in which diagrams are written: SVG has no ellipsis of its own. */
import { widthOf } from '../chart/text-width.ts'

const FONT = { font: 400, size: 12 }

export function cutTo(text: string, room: number): string {
  const width = widthOf(text, FONT)
  if (width <= room) return text
  return `${text.slice(0, Math.max(1, Math.floor((text.length * room) / width) - 2))}…`
}
