/** From points to what SVG draws, and who lies where. Pure. */
import type { Box, Line, Point } from '../../../chart/drawing.ts'

const CORNER = 8
const HEAD = { length: 8, width: 7 }

/**
 * Stops at the back of the arrow's head, so that a thick line does not blunt its tip. It begins there: where lines run
 * together into one end, their dashes lie on each other too.
 */
export function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = withoutHead(points).toReversed()
  if (first === undefined) return ''
  const parts = [`M${at(first)}`]
  for (const [index, point] of rest.entries()) {
    const before = rest[index - 1] ?? first
    const after = rest[index + 1]
    if (after === undefined) {
      parts.push(`L${at(point)}`)
      continue
    }
    const radius = Math.min(CORNER, distance(before, point) / 2, distance(point, after) / 2)
    parts.push(`L${at(towards(point, before, radius))}`, `Q${at(point)} ${at(towards(point, after, radius))}`)
  }
  return parts.join('')
}

export function headOf(points: readonly Point[]): string {
  const [tip, before] = [points.at(-1), points.at(-2)]
  if (tip === undefined || before === undefined) return ''
  const back = towards(tip, before, HEAD.length)
  const far = distance(before, tip) || 1
  const across = {
    x: ((tip.y - before.y) / far) * (HEAD.width / 2),
    y: ((before.x - tip.x) / far) * (HEAD.width / 2),
  }
  const left = { x: back.x + across.x, y: back.y + across.y }
  const right = { x: back.x - across.x, y: back.y - across.y }
  return `M${at(tip)}L${at(left)}L${at(right)}Z`
}

function withoutHead(points: readonly Point[]): readonly Point[] {
  const [tip, before] = [points.at(-1), points.at(-2)]
  if (tip === undefined || before === undefined) return points
  const length = Math.min(HEAD.length - 1, distance(before, tip))
  return [...points.slice(0, -1), towards(tip, before, length)]
}

const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`
const round = (value: number) => Math.round(value * 100) / 100
const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y)

function towards(from: Point, to: Point, length: number): Point {
  const far = distance(from, to)
  const share = far === 0 ? 0 : length / far
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}

/**
 * Where a number of this width is put that says how often a line was taken: at the end of its label that is farther from
 * where the line begins, for there is a box; without a label, on its longest leg.
 */
export function besideLabel({ points, label }: Line, width: number): Point {
  if (label !== null) {
    const isBegunRight = (points[0]?.x ?? 0) > label.x + label.width / 2
    const x = isBegunRight ? label.x - width - 2 : label.x + label.width + 2
    return { x, y: label.y + label.height / 2 }
  }
  const legs = points.slice(1).map((point, index) => [points[index] ?? point, point] as const)
  const longest = legs.toSorted((a, b) => distance(...b) - distance(...a))[0]
  if (longest === undefined) return { x: 0, y: 0 }
  const [from, to] = longest
  return { x: (from.x + to.x) / 2 - width / 2, y: (from.y + to.y) / 2 }
}

const centreOf = ({ x, y, width, height }: Omit<Box, 'state' | 'role' | 'label'>): Point => ({
  x: x + width / 2,
  y: y + height / 2,
})

/** The innermost of the groups that a point lies in. */
export function groupAt(boxes: readonly Box[], { x, y }: Point): Box | undefined {
  return boxes.findLast(
    (box) =>
      box.role === 'group' && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height,
  )
}

export type Direction = 'left' | 'right' | 'up' | 'down'

/** The next box that way, as an eye would find it: near, and not far off the way. */
export function neighbour(boxes: readonly Box[], from: Box, direction: Direction): Box | undefined {
  const start = centreOf(from)
  const ranked = boxes.flatMap((box) => {
    const { x, y } = centreOf(box)
    const [along, aside] = ALONG[direction](x - start.x, y - start.y)
    return box === from || along <= 1 ? [] : [{ box, far: along + 3 * Math.abs(aside) }]
  })
  return ranked.toSorted((a, b) => a.far - b.far)[0]?.box
}

const ALONG: Readonly<Record<Direction, (dx: number, dy: number) => readonly [number, number]>> = {
  left: (dx, dy) => [-dx, dy],
  right: (dx, dy) => [dx, dy],
  up: (dx, dy) => [-dy, dx],
  down: (dx, dy) => [dy, dx],
}
