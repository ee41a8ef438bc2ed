/** What is wrong with a drawing, in words: nothing, if each line and label can be told from all others. */
import type { Chart } from '../../orchestrator/chart/chart.ts'
import type { Box, Drawing, Line, Point } from '../../orchestrator/chart/drawing.ts'

interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export function faultsOf(chart: Chart, drawing: Drawing): string[] {
  const boxes = drawing.boxes.filter(({ role }) => role !== 'group')
  return [
    ...completeness(chart, drawing),
    ...drawing.lines.flatMap((line) => courseFaults(line, boxes)),
    ...pairsIn(drawing.lines).flatMap(([a, b]) => sharedTracks(a, b)),
    ...labelFaults(drawing, boxes),
    ...groupFaults(chart, drawing),
    ...pairsIn(boxes).flatMap(([a, b]) => (meet(a, b) ? [`${a.state} and ${b.state} overlap`] : [])),
    ...outside(drawing),
  ]
}

function completeness(chart: Chart, { boxes, lines }: Drawing): string[] {
  const drawn = lines.flatMap(({ edges }) => edges)
  const states = boxes.filter(({ role }) => role !== 'start').map(({ state }) => state)
  return [
    ...chart.edges.filter(({ id }) => !drawn.includes(id)).map(({ id }) => `${id} has no line`),
    ...drawn.filter((id, index) => drawn.indexOf(id) !== index).map((id) => `${id} has two lines`),
    ...chart.states.filter(({ id }) => !states.includes(id)).map(({ id }) => `${id} has no box`),
    ...states.filter((id, index) => states.indexOf(id) !== index).map((id) => `${id} has two boxes`),
  ]
}

const nameOf = ({ edges }: Line) => edges.join(' & ') || 'the line from the dot'

interface Segment {
  readonly from: Point
  readonly to: Point
}

const segmentsOf = ({ points }: Line): Segment[] =>
  points.slice(1).flatMap((to, index) => {
    const from = points[index]
    return from === undefined ? [] : [{ from, to }]
  })

const isSlanted = ({ from, to }: Segment) => from.x !== to.x && from.y !== to.y

function courseFaults(line: Line, boxes: readonly Box[]): string[] {
  const segments = segmentsOf(line)
  return [
    ...(segments.length === 0 ? [`${nameOf(line)} has no course`] : []),
    ...(segments.some(isSlanted) ? [`${nameOf(line)} is slanted`] : []),
    ...boxes
      .filter((box) => segments.some((segment) => meet(rectOf(segment), box)))
      .map(({ state }) => `${nameOf(line)} runs through ${state || 'the dot'}`),
  ]
}

function rectOf({ from, to }: Segment): Rect {
  return {
    x: Math.min(from.x, to.x),
    y: Math.min(from.y, to.y),
    width: Math.abs(from.x - to.x),
    height: Math.abs(from.y - to.y),
  }
}

/** One of them may be a line: it has no inside of its own, but it may be inside of another. */
function meet(a: Rect, b: Rect): boolean {
  const NEAR = 0.01
  return (
    a.x + a.width > b.x + NEAR &&
    b.x + b.width > a.x + NEAR &&
    a.y + a.height > b.y + NEAR &&
    b.y + b.height > a.y + NEAR
  )
}

function lieTogether(one: Segment, other: Segment): boolean {
  const [p, q] = [rectOf(one), rectOf(other)]
  const along = { x: Math.min(p.width, q.width) > 0, y: Math.min(p.height, q.height) > 0 }
  if (along.x && p.y === q.y) return p.x < q.x + q.width && q.x < p.x + p.width
  return along.y && p.x === q.x && p.y < q.y + q.height && q.y < p.y + p.height
}

/** Lines may cross, and run together into the same end; else none lies on another. */
function sharedTracks(a: Line, b: Line): string[] {
  const [endA, endB] = [a.points.at(-1), b.points.at(-1)]
  if (endA?.x === endB?.x && endA?.y === endB?.y) return []
  const isShared = segmentsOf(a).some((one) => segmentsOf(b).some((other) => lieTogether(one, other)))
  return isShared ? [`${nameOf(a)} lies on ${nameOf(b)}`] : []
}

function cross(one: Segment, other: Segment): boolean {
  const [a, b] = one.from.y === one.to.y ? [rectOf(one), rectOf(other)] : [rectOf(other), rectOf(one)]
  const isAcross = a.height === 0 && b.width === 0
  return isAcross && a.x < b.x && b.x < a.x + a.width && b.y < a.y && a.y < b.y + b.height
}

/** How often one line crosses another. */
export function crossingsOf({ lines }: Drawing): number {
  return pairsIn(lines).reduce((sum, [a, b]) => {
    const [others, own] = [segmentsOf(b), segmentsOf(a)]
    return sum + own.reduce((sum, one) => sum + others.filter((other) => cross(one, other)).length, 0)
  }, 0)
}

function labelFaults({ lines }: Drawing, boxes: readonly Box[]): string[] {
  const labels = lines.flatMap((line) => (line.label === null ? [] : [{ ...line.label, line }]))
  return [
    ...labels.flatMap((label) => [
      ...(label.text === '' ? [`${nameOf(label.line)} has an empty label`] : []),
      ...boxes.filter((box) => meet(box, label)).map(({ state }) => `label ${label.text} is on ${state}`),
      ...lines
        .filter((line) => segmentsOf(line).some((segment) => meet(rectOf(segment), label)))
        .map((line) => `${nameOf(line)} runs through label ${label.text} of ${nameOf(label.line)}`),
    ]),
    ...pairsIn(labels).flatMap(([a, b]) =>
      meet(a, b) ? [`label ${a.text} of ${nameOf(a.line)} is on ${b.text} of ${nameOf(b.line)}`] : [],
    ),
  ]
}

const NAME_HEIGHT = 22

/** A group is around what is in it and nothing else, and no line runs through its name. */
function groupFaults({ states }: Chart, { boxes, lines }: Drawing): string[] {
  const parents = new Map(states.map(({ id, parent }) => [id, parent]))
  const isInside = (id: string, group: string): boolean => {
    const parent = parents.get(id)
    return parent === group || (typeof parent === 'string' && isInside(parent, group))
  }
  const groups = boxes.filter(({ role }) => role === 'group')
  return groups.flatMap((group) => {
    const name = { x: group.x + 12, y: group.y + 4, width: group.label.length * 6.5, height: NAME_HEIGHT - 4 }
    const others = boxes.filter((box) => box !== group && !isInside(group.state, box.state))
    return [
      ...others.flatMap((box) => {
        if (isInside(box.state, group.state))
          return contains(group, box) ? [] : [`${box.state} is not in ${group.state}`]
        return meet(box, group) ? [`${box.state} is in ${group.state}`] : []
      }),
      ...lines
        .filter((line) => segmentsOf(line).some((segment) => meet(rectOf(segment), name)))
        .map((line) => `${nameOf(line)} runs through the name of ${group.state}`),
    ]
  })
}

const contains = (outer: Rect, inner: Rect) =>
  outer.x < inner.x &&
  outer.y < inner.y &&
  outer.x + outer.width > inner.x + inner.width &&
  outer.y + outer.height > inner.y + inner.height

function outside({ width, height, boxes, lines }: Drawing): string[] {
  const page = { x: -1, y: -1, width: width + 2, height: height + 2 }
  const points = lines.flatMap((line) => line.points.map((point) => ({ ...point, width: 0, height: 0 })))
  const labels = lines.flatMap(({ label }) => (label === null ? [] : [label]))
  const isOut = (rect: Rect) => !contains(page, rect)
  return [...boxes, ...points, ...labels].filter(isOut).map((rect) => `${JSON.stringify(rect)} is outside`)
}

function pairsIn<Thing>(things: readonly Thing[]): [Thing, Thing][] {
  return things.flatMap((a, index) => things.slice(index + 1).map((b): [Thing, Thing] => [a, b]))
}
