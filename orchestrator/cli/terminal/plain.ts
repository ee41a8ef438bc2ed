// Text from outside (a participant's error, an operator's reason, a key) as it may stand on a terminal: on one line, and
// unable to move the cursor, change colours, or turn the direction of what stands around it. Pure.

/** Controls of all kinds: C0 and C1 with ESC and CSI, line breaks, bidi overrides, zero widths, half surrogate pairs. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

export function plain(text: unknown): string {
  const told = typeof text === 'string' ? text : (JSON.stringify(text) ?? '')
  return told.replaceAll(HARMFUL, (found) => {
    if (found === '\n' || found === '\t') return ' '
    return `\\u{${found.codePointAt(0)?.toString(16) ?? ''}}`
  })
}

/** JSON that is as harmless: what JSON itself lets through is written as its escapes. */
export function jsonOf(value: unknown, indent: 0 | 2 = 2): string {
  const told = JSON.stringify(value, null, indent)
  return told.replaceAll(HARMFUL, (found) => (found === '\n' ? found : escapesOf(found)))
}

function escapesOf(found: string): string {
  const units = Array.from({ length: found.length }, (_, index) => found.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
