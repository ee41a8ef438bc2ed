/**
 * How wide a text is drawn, about: there is no font here, and each reader's is another one. Rather too wide than too
 * narrow, for what is too wide only has more air around it.
 */

/** Of the size of the font, for a typical sans serif. */
const NARROW = { pattern: /[ijl.,:;|!'`()[\]{}\sftrI-]/u, share: 0.38 }
const WIDE = {
  pattern: /[mwMW@%\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u,
  share: 0.98,
}
const CAPITAL = { pattern: /[\p{Lu}_&#+=<>~]/u, share: 0.7 }
const OTHER_SHARE = 0.59
const BOLD = 1.08

export function textWidth(
  text: string,
  { size, isBold = false }: { size: number; isBold?: boolean },
): number {
  let width = 0
  for (const letter of text)
    width += [NARROW, WIDE, CAPITAL].find(({ pattern }) => pattern.test(letter))?.share ?? OTHER_SHARE
  return Math.ceil(width * size * (isBold ? BOLD : 1))
}

/** As much of it as has its place. */
export function shortened(text: string, lettersMax: number): string {
  const letters = Array.from(text)
  return letters.length <= lettersMax ? text : `${letters.slice(0, lettersMax - 1).join('')}…`
}
