/** Machines of shapes that the commande does not have, small enough to see what each is about. */
import { assign, cancel, emit, raise, sendParent, sendTo, setup } from 'xstate'
import { Type } from 'typebox'
import { compensation, step } from '../../machines/step.ts'

const request = (input: { nr: number }) => ({ method: 'POST', path: `/${input.nr}` }) as const
const call = (name: string) =>
  step(name, { participant: 'somebody', request, reply: Type.Object({ n: Type.Number() }) })
const undo = (name: string) => compensation(name, { participant: 'somebody', request, reply: Type.Unknown() })

interface Input {
  nr: number
}
const types = { input: {} as Input, context: {} as Input, emitted: {} as { type: string } }
const context = ({ input }: { input: Input }) => ({ nr: input.nr })
const input = ({ context }: { context: Input }) => ({ nr: context.nr })

/** Two regions at a time, a final state in each, then a step; all undone if one is not done. */
export const parallel = setup({
  types,
  actors: {
    left: call('left'),
    right: call('right'),
    join: call('join'),
    undoLeft: undo('left'),
    undoRight: undo('right'),
    undoJoin: undo('join'),
  },
}).createMachine({
  id: 'parallel',
  version: '1',
  context,
  initial: 'doing',
  states: {
    doing: {
      type: 'parallel',
      states: {
        left: {
          initial: 'calling',
          states: {
            calling: {
              invoke: {
                id: 'left',
                src: 'left',
                input,
                onDone: { target: 'ended', actions: emit({ type: 'LEFT' }) },
                onError: '#undoing',
              },
            },
            ended: { type: 'final' },
          },
        },
        right: {
          initial: 'calling',
          states: {
            calling: {
              invoke: {
                id: 'right',
                src: 'right',
                input,
                onDone: { target: 'ended', actions: emit({ type: 'RIGHT' }) },
                onError: '#undoing',
              },
            },
            ended: { type: 'final' },
          },
        },
      },
      onDone: 'joining',
    },
    joining: {
      invoke: {
        id: 'join',
        src: 'join',
        input,
        onDone: { target: 'done', actions: emit({ type: 'JOINED' }) },
        onError: '#undoing.join',
      },
    },
    undoing: {
      id: 'undoing',
      initial: 'sides',
      states: {
        join: {
          invoke: { id: 'undo-join', src: 'undoJoin', input, onDone: 'sides', onError: '#parked' },
        },
        sides: {
          type: 'parallel',
          states: {
            left: {
              initial: 'calling',
              states: {
                calling: {
                  invoke: { id: 'undo-left', src: 'undoLeft', input, onDone: 'ended', onError: '#parked' },
                },
                ended: { type: 'final' },
              },
            },
            right: {
              initial: 'calling',
              states: {
                calling: {
                  invoke: { id: 'undo-right', src: 'undoRight', input, onDone: 'ended', onError: '#parked' },
                },
                ended: { type: 'final' },
              },
            },
          },
          onDone: '#failed',
        },
        whereItStopped: { type: 'history', history: 'deep' },
      },
    },
    parked: { id: 'parked', after: { 5_000: '#undoing.whereItStopped' } },
    done: { type: 'final', entry: emit({ type: 'DONE' }) },
    failed: { id: 'failed', type: 'final', entry: emit({ type: 'FAILED' }) },
  },
})

/** Waits for a word of its parent, calls, rests, tells its parent how far it is, calls again. */
const packing = setup({
  types: {
    ...types,
    events: {} as { type: 'GO'; nr: number } | { type: 'STOP' },
    output: {} as { boxes: number },
  },
  actors: { pick: call('pick'), wrap: call('wrap') },
}).createMachine({
  id: 'packing',
  version: '1',
  context,
  initial: 'waiting',
  states: {
    waiting: { on: { GO: { target: 'picking', actions: assign({ nr: ({ event }) => event.nr }) } } },
    picking: {
      invoke: {
        id: 'pick',
        src: 'pick',
        input,
        onDone: { target: 'resting', actions: emit({ type: 'PICKED' }) },
        onError: 'given-up',
      },
    },
    resting: {
      entry: sendParent({ type: 'PROGRESS' }),
      after: { 30_000: 'wrapping' },
    },
    wrapping: {
      invoke: {
        id: 'wrap',
        src: 'wrap',
        input,
        onDone: { target: 'packed', actions: emit({ type: 'WRAPPED' }) },
        onError: 'given-up',
      },
    },
    packed: { type: 'final' },
    'given-up': { type: 'final' },
  },
  output: ({ self }) => ({ boxes: self.getSnapshot().matches('given-up') ? 0 : 2 }),
})

/** A machine in a machine, which talk to each other. */
export const nested = setup({
  types: {
    ...types,
    context: {} as Input & { boxes: number },
    events: {} as { type: 'PROGRESS' },
  },
  actors: { packing, ship: call('ship') },
}).createMachine({
  id: 'nested',
  version: '1',
  context: ({ input }) => ({ nr: input.nr, boxes: 0 }),
  initial: 'packing',
  states: {
    packing: {
      entry: sendTo('packing', ({ context }) => ({ type: 'GO', nr: context.nr + 1 })),
      invoke: {
        id: 'packing',
        src: 'packing',
        input,
        onDone: { target: 'shipping', actions: assign({ boxes: ({ event }) => event.output.boxes }) },
        onError: 'failed',
      },
      on: {
        PROGRESS: { actions: emit({ type: 'PROGRESSED' }) },
      },
    },
    shipping: {
      invoke: {
        id: 'ship',
        src: 'ship',
        input,
        onDone: { target: 'done', actions: emit({ type: 'SHIPPED' }) },
        onError: 'failed',
      },
    },
    done: { type: 'final', entry: emit({ type: 'DONE' }) },
    failed: { type: 'final', entry: emit({ type: 'FAILED' }) },
  },
})

/** A machine in a machine in a machine. */
export const deep = setup({ types, actors: { nested, call: call('call') } }).createMachine({
  id: 'deep',
  version: '1',
  context,
  initial: 'busy',
  states: {
    busy: { invoke: { id: 'nested', src: 'nested', input, onDone: 'calling', onError: 'failed' } },
    calling: { invoke: { id: 'call', src: 'call', input, onDone: 'done', onError: 'failed' } },
    done: { type: 'final', entry: emit({ type: 'OVER' }) },
    failed: { type: 'final', entry: emit({ type: 'FAILED' }) },
  },
})

/** Ends in its very first transition. */
const instant = setup({ types: { output: {} as { n: number } } }).createMachine({
  id: 'instant',
  version: '1',
  initial: 'over',
  states: { over: { type: 'final' } },
  output: { n: 4 },
})

/** Invokes a machine that is over at once, then keeps the reply of a step in a state that it does not leave. */
export const staying = setup({
  types: { ...types, context: {} as Input & { n: number } },
  actors: { instant, look: call('look'), ship: call('ship') },
}).createMachine({
  id: 'staying',
  version: '1',
  context: ({ input }) => ({ nr: input.nr, n: 0 }),
  initial: 'counting',
  states: {
    counting: {
      invoke: {
        id: 'instant',
        src: 'instant',
        onDone: {
          target: 'looking',
          actions: [assign({ n: ({ event }) => event.output.n }), emit({ type: 'COUNTED' })],
        },
        onError: 'failed',
      },
    },
    looking: {
      invoke: {
        id: 'look',
        src: 'look',
        input,
        onDone: {
          actions: [
            assign({ n: ({ event, context }) => event.output.n + context.n }),
            emit({ type: 'LOOKED' }),
          ],
        },
        onError: 'failed',
      },
      after: { 1_000: 'shipping' },
    },
    shipping: {
      invoke: { id: 'ship', src: 'ship', input, onDone: 'done', onError: 'failed' },
    },
    done: {
      type: 'final',
      entry: emit(({ context }) => ({ type: `DONE_${context.n}` })),
    },
    failed: { type: 'final', entry: emit({ type: 'FAILED' }) },
  },
})

/** Timers of every kind: `after`, raised with a delay, named, unnamed, cancelled; and `always`. */
export const timers = setup({
  types: {
    ...types,
    context: {} as Input & { ticks: number; reminders: number },
    events: {} as { type: 'TICK' } | { type: 'REMIND' } | { type: 'NEVER' },
  },
  actors: { ship: call('ship') },
  delays: { patience: ({ context }) => context.nr * 1_000 },
}).createMachine({
  id: 'timers',
  version: '1',
  context: ({ input }) => ({ nr: input.nr, ticks: 0, reminders: 0 }),
  initial: 'ticking',
  states: {
    ticking: {
      entry: [
        raise({ type: 'TICK' }, { delay: 10 }),
        raise({ type: 'TICK' }, { delay: 25 }),
        raise({ type: 'NEVER' }, { delay: 20, id: 'never' }),
      ],
      on: {
        TICK: {
          actions: [
            assign({ ticks: ({ context }) => context.ticks + 1 }),
            emit({ type: 'TICKED' }),
            cancel('never'),
          ],
        },
        NEVER: 'failed',
      },
      always: { guard: ({ context }) => context.ticks === 2, target: 'waiting' },
    },
    waiting: {
      entry: raise({ type: 'REMIND' }, { delay: 500, id: 'remind' }),
      on: {
        REMIND: {
          actions: [
            assign({ reminders: ({ context }) => context.reminders + 1 }),
            emit({ type: 'REMINDED' }),
            raise({ type: 'REMIND' }, { delay: 500, id: 'remind' }),
          ],
        },
      },
      after: { patience: 'shipping' },
    },
    shipping: {
      entry: cancel('remind'),
      invoke: { id: 'ship', src: 'ship', input, onDone: 'sorting', onError: 'failed' },
    },
    sorting: {
      always: [{ guard: ({ context }) => context.reminders > 2, target: 'late' }, { target: 'done' }],
    },
    late: { entry: emit({ type: 'LATE' }), always: 'done' },
    done: { type: 'final', entry: emit({ type: 'DONE' }) },
    failed: { type: 'final', entry: emit({ type: 'FAILED' }) },
  },
})
