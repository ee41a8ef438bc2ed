import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import t from 'tap'
import { keptJournal } from '../../../test/kit/kept-journals.ts'
import { Listener, tell } from './told.ts'
import { afterKey, linesOf, type Place } from './walk.ts'

const START: Place = { open: 0, showsSnapshot: false, scrolled: 0 }

/** Where these keys lead in a saga of seven transitions. */
function walked(...keys: readonly Parameters<typeof afterKey>[1][]): Place | undefined {
  return keys.reduce<Place | undefined>((place, key) => place && afterKey(place, key, 7), START)
}

t.test('each key leads where people expect it', async (t) => {
  for (const name of ['right', 'down', 'space', 'return', 'j', 'l', 'n'])
    t.match(walked({ name }), { open: 1 })
  for (const name of ['left', 'up', 'backspace', 'k', 'h', 'p']) {
    t.match(walked({ name: 'end' }, { name }), { open: 5 })
    t.match(walked({ name }), { open: 0 }, 'there is nothing before the first')
  }
  t.match(walked({ name: 'end' }, { name: 'right' }), { open: 6 }, 'nor behind the last')
  t.match(walked({ name: 'g', shift: true, sequence: 'G' }), { open: 6 })
  t.match(walked({ name: 'end' }, { name: 'g' }), { open: 0 })
  t.match(walked({ name: 's' }), { showsSnapshot: true })
  t.match(walked({ name: 'd' }, { name: 'pagedown' }, { name: 'u' }), { scrolled: 10 })
  t.match(walked({ name: 'd' }, { name: 'right' }), { open: 1, scrolled: 0 })
  t.match(walked({ name: 'x' }), START)
})

t.test('it is left by each key that people try', async (t) => {
  t.equal(walked({ name: 'q' }), undefined)
  t.equal(walked({ name: 'escape' }), undefined)
  t.equal(walked({ name: 'c', ctrl: true }), undefined)
  t.equal(walked({ name: 'd', ctrl: true }), undefined)
})

t.test('no screen is filled beyond its edges, wherever one stands', async (t) => {
  const told = tell(keptJournal('2', 'in-doubt-at-create').file, undefined)
  const listener = new Listener(told.file)
  const transitions = [...told.transitions]
  for (const retold of transitions) listener.hear(retold)
  const walk = { told, transitions, verdict: listener.verdict }
  for (const [width, height] of [
    [200, 60],
    [80, 24],
    [40, 10],
    [20, 5],
  ] as const) {
    for (const open of transitions.keys()) {
      for (const showsSnapshot of [false, true]) {
        const lines = linesOf(walk, { open, showsSnapshot, scrolled: 999 }, { width, height })
        t.ok(lines.length <= height)
        t.ok(lines.every((line) => stringWidth(stripVTControlCharacters(line)) <= width))
      }
    }
  }
})
