/** What tsc must refuse in a chart. Never run: the file is a test because `npm run check` compiles it. */
import t from 'tap'
import { initialTransition, setup, transition } from 'xstate'
import { commande } from './chart.ts'
import * as steps from './steps.ts'

const of = setup({ actors: steps })
const common = { id: 'x', version: '1', initial: 'a' } as const
const release = { id: 'release', src: 'releaseStock', onDone: 'b', onError: 'b' } as const
const b = { type: 'final' } as const

t.test(
  'a corrected compensation is invoked with its own input only, or the chart does not compile',
  async (t) => {
    t.ok(
      of.createMachine({
        ...common,
        states: { a: { invoke: { ...release, input: { reservation_id: 'r' } } }, b },
      }),
    )
    t.ok(
      of.createMachine({
        ...common,
        // @ts-expect-error it releases a reservation, not a cart
        states: { a: { invoke: { ...release, input: { cart_id: 'c' } } }, b },
      }),
    )
  },
)

const [locking] = initialTransition(commande, { saga_id: 's', cart_id: 'c', magasin_id: 1 })

t.test('who stops it is a name, and why are words, or the event does not compile', async (t) => {
  t.ok(transition(commande, locking, { type: 'CANCEL' }))
  t.ok(transition(commande, locking, { type: 'COMPENSATE', actor: 'anne', reason: 'sold twice' }))
  // @ts-expect-error a person has a name, not a number
  t.ok(transition(commande, locking, { type: 'CANCEL', actor: 7 }))
  // @ts-expect-error RETRY tells nothing
  t.ok(transition(commande, locking, { type: 'RETRY', reason: 'at once' }))
  // @ts-expect-error no state listens to it
  t.ok(transition(commande, locking, { type: 'STOP' }))
})

t.test('it begins with an order and its saga, or the start does not compile', async (t) => {
  // @ts-expect-error the magasin is missing
  t.ok(initialTransition(commande, { saga_id: 's', cart_id: 'c' }))
  const { output } = locking
  // @ts-expect-error nothing is known of the output before the end
  t.equal(output?.vente_id.toFixed(), undefined)
})
