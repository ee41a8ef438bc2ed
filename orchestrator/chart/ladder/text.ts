/**
 * How wide a text will be, without a font at hand: a server lays out what any browser draws. Rather too wide than too
 * narrow, for what does not fit would run into its neighbour.
 */

/** In em, of the common sans fonts. */
const EM: readonly (readonly [RegExp, number])[] = [
  [/[ijl|'!.,:;]/, 0.31],
  [/[frtI()[\]{}\s"`-]/, 0.4],
  [/[mw%@—]/, 0.9],
  [/[MW…]/, 0.98],
  [/[A-Z&#+=<>~]/, 0.72],
  // Latin, Greek and Cyrillic, figures among them.
  [/[\u0020-\u04FF]/, 0.6],
]
const WIDEST_EM = 1.05

export const BOX_FONT = 13
export const LABEL_FONT = 11

export function textWidth(text: string, fontSize: number): number {
  let ems = 0
  for (const char of text) ems += emOf(char)
  return Math.ceil(ems * fontSize)
}

const emOf = (char: string) => EM.find(([pattern]) => pattern.test(char))?.[1] ?? WIDEST_EM

/** The text, or as much of its beginning as fits. */
export function clipped(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) return text
  let room = width - textWidth('…', fontSize)
  let end = 0
  for (const char of text) {
    room -= emOf(char) * fontSize
    if (room < 0) break
    end += char.length
  }
  return `${text.slice(0, end)}…`
}
