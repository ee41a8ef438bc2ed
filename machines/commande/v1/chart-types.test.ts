/** What tsc must refuse in a chart. Never run: the file is a test because `npm run check` compiles it. */
import t from 'tap'
import { assign, setup } from 'xstate'
import { known } from '../../step.ts'
import * as steps from './steps.ts'

interface Context {
  lignes?: steps.Ligne[]
}

const empty: Context = {}
const of = setup({ types: { context: empty }, actors: steps })
const common = { id: 'x', version: '1', context: {}, initial: 'a' } as const
const call = { id: 'reserve', src: 'reserveStock', onDone: 'b', onError: 'b' } as const
const b = { type: 'final' } as const

t.test('a step is invoked with its own input only, or the chart does not compile', async (t) => {
  t.ok(
    of.createMachine({
      ...common,
      states: {
        a: {
          invoke: {
            ...call,
            input: ({ context }) => ({
              reservation_id: 'r',
              magasin_id: 1,
              lignes: known(context.lignes, 'lignes'),
            }),
          },
        },
        b,
      },
    }),
  )
  t.ok(
    of.createMachine({
      ...common,
      // @ts-expect-error magasin_id is missing from the input
      states: { a: { invoke: { ...call, input: () => ({ reservation_id: 'r', lignes: [] }) } }, b },
    }),
  )
  t.ok(
    of.createMachine({
      ...common,
      // @ts-expect-error magasin_id is a number
      states: { a: { invoke: { ...call, input: { reservation_id: 'r', magasin_id: '1', lignes: [] } } }, b },
    }),
  )
  t.ok(
    of.createMachine({
      ...common,
      // @ts-expect-error there is no such step
      states: { a: { invoke: { id: 'reserve', src: 'reserveStocks', onDone: 'b', onError: 'b' } }, b },
    }),
  )
})

t.test(
  'a result that may not exist yet is read through known(), or the chart does not compile',
  async (t) => {
    t.ok(
      of.createMachine({
        ...common,
        states: {
          a: {
            // @ts-expect-error context.lignes may be undefined
            invoke: {
              ...call,
              input: ({ context }) => ({ reservation_id: 'r', magasin_id: 1, lignes: context.lignes }),
            },
          },
          b,
        },
      }),
    )
    t.throws(() => known(undefined, 'lignes'), /lignes is not known in this state/)
  },
)

t.test('a reply has the members that its schema declares, and no others', async (t) => {
  t.ok(
    of.createMachine({
      ...common,
      states: {
        a: {
          invoke: {
            id: 'lock',
            src: 'lockCart',
            input: { cart_id: 'c', magasin_id: 1 },
            onDone: {
              target: 'b',
              actions: [
                assign({ lignes: ({ event }) => event.output.lignes }),
                // @ts-expect-error the reply has no lines
                assign({ lignes: ({ event }) => event.output.lines }),
              ],
            },
            onError: 'b',
          },
        },
        b,
      },
    }),
  )
})
