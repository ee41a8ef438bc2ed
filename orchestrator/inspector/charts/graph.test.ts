import elk from 'elkjs/lib/elk.bundled.js'
import t, { type Test } from 'tap'
import { checkout, claim, fetcher, trafficLight, wordProcessor } from '../../../test/kit/example-machines.ts'
import { chartOf } from '../../chart/chart-of.ts'
import type { Chart } from '../../chart/chart.ts'
import type { Box, Drawing, Line, Point } from '../../chart/drawing.ts'
import { graphDrawing } from './graph-drawing.ts'
import { graphOf } from './graph.ts'

async function drawn(definition: unknown, isInOrder = true): Promise<{ chart: Chart; drawing: Drawing }> {
  const chart = chartOf(definition)
  const graph = graphOf(chart, { isInOrder })
  return { chart, drawing: graphDrawing(graph, await new elk.default().layout(graph.root)) }
}

type Rectangle = Omit<Box, 'state' | 'role' | 'label'>

const isWithin = (inner: Rectangle, outer: Rectangle) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height

const overlap = (a: Rectangle, b: Rectangle) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

const near = (one: number, other: number) => Math.abs(one - other) <= 3

/** A pixel was rounded away, or three were straightened. */
const isAtBorder = ({ x, y }: Point, box: Rectangle) => {
  const isBeside = near(x, box.x) || near(x, box.x + box.width)
  const isAboveOrBelow = near(y, box.y) || near(y, box.y + box.height)
  return (
    (isBeside && y >= box.y - 3 && y <= box.y + box.height + 3) ||
    (isAboveOrBelow && x >= box.x - 3 && x <= box.x + box.width + 3)
  )
}

const boxOf = ({ boxes }: Drawing, state: string) =>
  boxes.find((box) => box.state === state && box.role !== 'start')

const startIn = ({ boxes }: Drawing, state: string) =>
  boxes.find((box) => box.state === state && box.role === 'start')

function lineOf({ chart, drawing }: Awaited<ReturnType<typeof drawn>>, id: string): Line | undefined {
  if (chart.edges.some((edge) => edge.id === id)) return drawing.lines.find(({ edges }) => edges.includes(id))
  throw new Error(`there is no edge ${id}`)
}

function everyStateHasItsBox(t: Test, { states }: Chart, drawing: Drawing): void {
  const paper = { x: 0, y: 0, width: drawing.width, height: drawing.height }
  for (const { id, parent } of states) {
    const box = boxOf(drawing, id)
    if (box === undefined) {
      t.fail(`${id} has a box`)
      continue
    }
    const around = parent === null ? paper : boxOf(drawing, parent)
    t.ok(around && isWithin(box, around), `${id} lies within what is around it`)
    const isBehindItsGroup =
      parent === null ||
      drawing.boxes.indexOf(box) >
        drawing.boxes.findIndex(({ state, role }) => state === parent && role === 'group')
    t.ok(isBehindItsGroup, `${id} comes behind its group`)
    for (const other of states)
      if (other.parent === parent && other.id < id)
        t.notOk(overlap(box, boxOf(drawing, other.id) ?? box), `${id} and ${other.id} lie apart`)
  }
}

function everyEdgeHasItsLine(t: Test, { edges }: Chart, drawing: Drawing): void {
  for (const { id, source, targets } of edges) {
    const lines = drawing.lines.filter((line) => line.edges.includes(id))
    const ends = targets.length === 0 ? [source] : targets
    t.equal(lines.length, source === '' && targets.length === 0 ? 0 : ends.length, `${id} is drawn`)
    for (const [index, { points }] of lines.entries()) {
      const [first, last] = [points[0], points.at(-1)]
      const [from, to] = [boxOf(drawing, source), boxOf(drawing, ends[index] ?? '')]
      t.ok(first && from && isAtBorder(first, from), `${id} begins at ${source}`)
      t.ok(last && to && isAtBorder(last, to), `${id} ends at ${String(ends[index])}`)
    }
  }
}

function linesAreOrthogonal(t: Test, { lines }: Drawing): void {
  for (const { points, edges } of lines) {
    const legs = points.slice(1).map((point, index) => [points[index] ?? point, point] as const)
    t.ok(
      legs.every(([a, b]) => a.x === b.x || a.y === b.y),
      `the line of ${edges.join(' and ') || 'a start'} has no slant`,
    )
  }
}

function labelsAreReadable(t: Test, { lines, boxes }: Drawing): void {
  const labels = lines.flatMap(({ label }) => label ?? [])
  const states = boxes.filter(({ role }) => role !== 'group')
  for (const [index, label] of labels.entries()) {
    const hidden = states.filter((box) => overlap(label, box)).map(({ state }) => state)
    t.strictSame(hidden, [], `no state hides ${label.text}`)
    const others = labels.slice(index + 1).filter((other) => overlap(label, other))
    t.strictSame(
      others.map(({ text }) => text),
      [],
      `no label hides ${label.text}`,
    )
  }
}

const machines = { trafficLight, wordProcessor, checkout, fetcher, claim }

for (const [name, machine] of Object.entries(machines))
  for (const isInOrder of [true, false])
    t.test(
      `${name} is drawn whole and readable, ${isInOrder ? 'in its order' : 'in any order'}`,
      async (t) => {
        const { chart, drawing } = await drawn(machine, isInOrder)
        t.equal(drawing.layout, 'graph')
        everyStateHasItsBox(t, chart, drawing)
        everyEdgeHasItsLine(t, chart, drawing)
        linesAreOrthogonal(t, drawing)
        labelsAreReadable(t, drawing)
      },
    )

t.test(
  'a run begins at a dot above its first state, in the machine and in each state with states',
  async (t) => {
    const { drawing } = await drawn(trafficLight)
    for (const [around, first] of [
      ['', 'green'],
      ['red', 'red.walk'],
    ] as const) {
      const [dot, box] = [startIn(drawing, around), boxOf(drawing, first)]
      t.ok(dot && box && dot.y + dot.height < box.y, `the dot of '${around}' is above ${first}`)
      const line = drawing.lines.find(
        ({ edges, points }) => edges.length === 0 && dot && points[0] && isAtBorder(points[0], dot),
      )
      const end = line?.points.at(-1)
      t.ok(end && box && isAtBorder(end, box), `its line leads to ${first}`)
    }
    const parallel = await drawn(wordProcessor)
    t.equal(startIn(parallel.drawing, ''), undefined, 'a parallel machine begins everywhere')
    t.equal(parallel.drawing.boxes.filter(({ role }) => role === 'start').length, 5)
  },
)

t.test(
  'regions that no arrow joins are packed as a page is wide, others stand beside each other',
  async (t) => {
    const rowsOf = ({ drawing }: Awaited<ReturnType<typeof drawn>>) =>
      new Set(drawing.boxes.filter(({ role }) => role === 'group').map(({ y }) => y)).size
    const apart = await drawn(wordProcessor)
    t.ok(apart.drawing.width < 1000)
    t.equal(rowsOf(apart), 2)
    const { saver } = wordProcessor.states
    const joined = {
      ...wordProcessor,
      states: {
        ...wordProcessor.states,
        saver: { ...saver, on: { RESET: '#list' } },
        list: { ...wordProcessor.states.list, id: 'list' },
      },
    }
    const together = await drawn(joined)
    everyEdgeHasItsLine(t, together.chart, together.drawing)
    t.ok(lineOf(together, 'saver|RESET|0'))
  },
)

t.test('edges with the same ends share a line, which is drawn as the most telling of them', async (t) => {
  const traffic = await drawn(trafficLight)
  const green = lineOf(traffic, 'green|TIMER|0')
  t.match(green, { edges: { length: 2 }, kind: 'after', label: { text: 'after 5 s, TIMER' } })
  const fetching = await drawn(fetcher)
  t.match(lineOf(fetching, 'loading|xstate.error.actor.get|0'), {
    kind: 'error',
    label: { text: 'error, after 10 s' },
  })
  t.match(lineOf(fetching, 'failure||0'), { kind: 'always', label: { text: 'always [tooManyTries]' } })
})

t.test('states have the roles of a saga where they have its names', async (t) => {
  const { drawing } = await drawn(fetcher)
  const roles = Object.fromEntries(drawing.boxes.map(({ state, role }) => [state || 'start', role]))
  t.strictSame(roles, {
    start: 'start',
    idle: 'state',
    loading: 'state',
    success: 'done',
    failure: 'state',
    failed: 'failed',
  })
  t.match(boxOf((await drawn(claim)).drawing, 'parked'), { role: 'parked' })
  t.match(boxOf((await drawn(checkout)).drawing, 'checkingOut.hist'), { role: 'state', label: 'H' })
})

t.test('a machine whose root has arrows of its own is drawn with the machine around all', async (t) => {
  const found = await drawn(checkout)
  t.match(found.drawing.boxes[0], { state: '', role: 'group', label: 'checkout' })
  const abandon = lineOf(found, '|ABANDON|0')
  t.match(abandon, { kind: 'event', label: { text: 'ABANDON' } })
})

t.test('names that make two states of one path are drawn all the same', async (t) => {
  const twins = {
    id: 'twins',
    initial: 'a',
    states: { a: { initial: 'b', states: { b: { on: { GO: '#end' } } } }, 'a.b': {}, end: { id: 'end' } },
  }
  const { chart, drawing } = await drawn(twins)
  t.equal(drawing.boxes.filter(({ role }) => role !== 'start').length, chart.states.length)
})

t.test('names as long as an essay are cut, and take their place', async (t) => {
  const name = 'w'.repeat(500)
  const { drawing } = await drawn({ id: 'long', initial: name, states: { [name]: { on: { [name]: name } } } })
  const box = boxOf(drawing, name)
  t.match(box, { label: /^w+…$/ })
  t.ok(drawing.width < 1000)
})

t.test('an arrow that is a pixel off behind the border of a group is straightened', (t) => {
  const graph = graphOf(chartOf(fetcher), { isInOrder: true })
  const section = {
    id: 'section',
    startPoint: { x: 10, y: 0 },
    bendPoints: [
      { x: 11.4, y: 30 },
      { x: 60, y: 30.6 },
    ],
    endPoint: { x: 60, y: 90 },
  }
  const [id = ''] = graph.lines.keys()
  const { lines } = graphDrawing(graph, {
    id: 'root',
    edges: [{ id, sources: [], targets: [], sections: [section] }],
  })
  t.strictSame(lines[0]?.points, [
    { x: 10, y: 0 },
    { x: 10, y: 30 },
    { x: 60, y: 30 },
    { x: 60, y: 90 },
  ])
  t.end()
})
