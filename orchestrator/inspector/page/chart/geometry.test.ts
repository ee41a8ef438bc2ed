import t from 'tap'
import type { Box, Line } from '../../../chart/drawing.ts'
import { besideLabel, groupAt, headOf, neighbour, pathOf } from './geometry.ts'

const boxOf = (state: string, x: number, y: number, role: Box['role'] = 'step'): Box => ({
  state,
  role,
  label: state,
  x,
  y,
  width: 100,
  height: 40,
})

t.test('a line is drawn from the back of its head, round at its corners', async (t) => {
  const points = [
    { x: 0, y: 0 },
    { x: 50, y: 0 },
    { x: 50, y: 60 },
  ]
  t.equal(pathOf(points), 'M50 53L50 8Q50 0 42 0L0 0')
  t.equal(headOf(points), 'M50 60L53.5 52L46.5 52Z')
})

t.test('corners that are near each other share what there is between them', async (t) => {
  const zigzag = [
    { x: 0, y: 0 },
    { x: 50, y: 0 },
    { x: 50, y: 6 },
    { x: 100, y: 6 },
  ]
  t.equal(pathOf(zigzag), 'M93 6L53 6Q50 6 50 3L50 3Q50 0 47 0L0 0')
})

t.test('a line without points, or without a length, draws nothing that is no number', async (t) => {
  t.equal(pathOf([]), '')
  t.equal(headOf([]), '')
  const still = [
    { x: 1, y: 1 },
    { x: 1, y: 1 },
  ]
  t.notMatch(pathOf(still) + headOf(still), /NaN/)
})

t.test('how often a line was taken stands where no box is', async (t) => {
  const label = { text: 'error', x: 100, y: 10, width: 40, height: 16 }
  const line = (from: number, to: number): Line => ({
    edges: [],
    kind: 'error',
    points: [
      { x: from, y: 18 },
      { x: to, y: 18 },
    ],
    label,
  })
  t.same(besideLabel(line(90, 300), 20), { x: 142, y: 18 })
  t.same(besideLabel(line(150, 0), 20), { x: 78, y: 18 })
  t.same(besideLabel({ ...line(0, 200), label: null }, 20), { x: 90, y: 18 })
})

t.test('the next state is the one that an eye would find that way', async (t) => {
  const boxes = [
    boxOf('lock', 0, 0),
    boxOf('reserve', 0, 100),
    boxOf('undo lock', 300, 0),
    boxOf('undo reserve', 300, 100),
  ]
  const from = (state: string, direction: Parameters<typeof neighbour>[2]) => {
    const box = boxes.find((box) => box.state === state)
    return box && neighbour(boxes, box, direction)?.state
  }
  t.equal(from('lock', 'down'), 'reserve')
  t.equal(from('lock', 'right'), 'undo lock')
  t.equal(from('undo reserve', 'left'), 'reserve')
  t.equal(from('undo reserve', 'up'), 'undo lock')
  t.equal(from('lock', 'up'), undefined)
})

t.test('a label stands on the innermost group around it', async (t) => {
  const outer = { ...boxOf('doing', 0, 0, 'group'), width: 300, height: 300 }
  const inner = { ...boxOf('doing.pay', 10, 10, 'group'), width: 100, height: 100 }
  t.equal(groupAt([outer, inner], { x: 20, y: 20 })?.state, 'doing.pay')
  t.equal(groupAt([outer, inner], { x: 200, y: 20 })?.state, 'doing')
  t.equal(groupAt([outer, inner], { x: 400, y: 20 }), undefined)
})
