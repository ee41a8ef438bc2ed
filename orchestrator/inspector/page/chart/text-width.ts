/** How wide a text is drawn, before it is. */

const canvas = document.createElement('canvas').getContext('2d')
const known = new Map<string, number>()
let family = ''

/** Beyond it nothing is kept: a chart has some hundred texts, and counts change for ever. */
const KNOWN_MAX = 5_000

export function widthOf(
  text: string,
  { font, size }: { readonly font: number; readonly size: number },
): number {
  const key = `${font} ${size} ${text}`
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= KNOWN_MAX) known.clear()
  // Asked for once: each time would have all styles of the page computed.
  if (family === '') family = getComputedStyle(document.body).fontFamily
  if (canvas !== null) canvas.font = `${font} ${size}px ${family}`
  const width = canvas?.measureText(text).width ?? text.length * size * 0.6
  known.set(key, width)
  return width
}
