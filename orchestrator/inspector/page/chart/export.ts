/** A chart as a file: as it is shown at this moment, in colours of its own, so that it looks the same anywhere. */

import type { Chart } from '../../../chart/chart.ts'
import { mermaidOf } from '../../../chart/mermaid.ts'

export const saveSvg = (shown: SVGSVGElement, name: string) =>
  download(`${name}.svg`, 'image/svg+xml', svgTextOf(shown, name))

export const saveMermaid = (chart: Chart, name: string) =>
  download(`${name}.mmd`, 'text/plain', mermaidOf(chart))

/** What the page's styles say about a shape; all else of an SVG is in its attributes. */
const PROPERTIES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'paint-order',
] as const

const MARGIN = 16

function svgTextOf(shown: SVGSVGElement, name: string): string {
  const copy = shown.cloneNode(true) as SVGSVGElement
  const originals = [...shown.querySelectorAll<SVGElement>('*')]
  const copies = [...copy.querySelectorAll<SVGElement>('*')]
  for (const [index, original] of originals.entries()) {
    const copied = copies[index]
    if (copied !== undefined) paint(copied, getComputedStyle(original))
  }
  const { width, height } = shown.viewBox.baseVal
  for (const { name } of Array.from(copy.attributes)) copy.removeAttribute(name)
  const box = { x: -MARGIN, y: -MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN }
  copy.setAttribute('xmlns', SVG)
  copy.setAttribute('viewBox', `${box.x} ${box.y} ${box.width} ${box.height}`)
  copy.setAttribute('width', String(box.width))
  copy.setAttribute('height', String(box.height))
  const ground = document.createElementNS(SVG, 'rect')
  for (const [key, value] of Object.entries(box)) ground.setAttribute(key, String(value))
  ground.setAttribute('fill', plainColour(getComputedStyle(document.body).backgroundColor))
  const title = document.createElementNS(SVG, 'title')
  title.textContent = name
  copy.prepend(title, ground)
  return new XMLSerializer().serializeToString(copy)
}

const SVG = 'http://www.w3.org/2000/svg'

function paint(copied: SVGElement, style: CSSStyleDeclaration): void {
  if (style.display === 'none') return copied.remove()
  for (const { name } of Array.from(copied.attributes)) {
    if (/^(?:class|style|role|tabindex|data-.*|aria-.*)$/.test(name)) copied.removeAttribute(name)
  }
  for (const property of PROPERTIES) {
    const value = style.getPropertyValue(property)
    const isColour = property === 'fill' || property === 'stroke'
    if (value !== '') copied.setAttribute(property, isColour ? plainColour(value) : value)
  }
}

const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
const plain = new Map<string, string>()

/** Mixed colours are known to browsers of today only: each is painted once, and read back. */
function plainColour(colour: string): string {
  if (canvas === null || colour === 'none') return colour
  const known = plain.get(colour)
  if (known !== undefined) return known
  canvas.clearRect(0, 0, 1, 1)
  canvas.fillStyle = colour
  canvas.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
  const found = alpha === 0 ? 'none' : `rgb(${red}, ${green}, ${blue})`
  plain.set(colour, found)
  return found
}

function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
