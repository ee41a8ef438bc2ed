import t from 'tap'
import { chartOf } from './chart-of.ts'
import { mermaidOf } from './mermaid.ts'

t.test('states are nested, regions parted, and ends marked', async (t) => {
  const chart = chartOf({
    initial: 'a',
    on: { STOP: '.end' },
    states: {
      a: { on: { GO: { guard: 'may', target: 'both' }, NOTE: { actions: 'x' } } },
      both: {
        type: 'parallel',
        onDone: 'end',
        states: { l: { initial: 'x', states: { x: {}, past: { type: 'history' } } }, r: {} },
      },
      end: { type: 'final' },
    },
  })
  t.equal(
    mermaidOf(chart),
    `stateDiagram-v2
state "a" as s0
state "both" as s1 {
  state "l" as s2 {
    state "x" as s3
    state "H" as s4
    [*] --> s3
  }
  --
  state "r" as s5
}
state "end" as s6
[*] --> s0
state "any state" as anywhere
anywhere --> s6 : STOP
s0 --> s1 : GO [may]
s0 --> s0 : NOTE
s1 --> s6 : done
s6 --> [*]
`,
  )
})

t.test('no name can end a line, a string or a diagram', async (t) => {
  const evil = 'a"\n}; %%{init}%% <b>: -->\\ é 名 end'
  const text = mermaidOf(chartOf({ initial: evil, states: { [evil]: { on: { [evil]: { guard: evil } } } } }))
  const name = 'a#34;#10;#125;#59; #37;#37;#123;init#125;#37;#37; #60;b#62;#58; #45;#45;#62;#92; é 名 end'
  t.equal(text, `stateDiagram-v2\nstate "${name}" as s0\n[*] --> s0\ns0 --> s0 : ${name} [${name}]\n`)
})
