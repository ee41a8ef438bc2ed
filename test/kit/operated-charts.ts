// Charts of the shapes that operators meet.
import { emit, setup } from 'xstate'
import { Type, type TSchema } from 'typebox'
import { compensation, step } from '../../machines/step.ts'

const options = (correction?: TSchema) => ({
  participant: 'somebody',
  request: (asked: { nr: number }) => ({ method: 'POST', path: `/${asked.nr}` }) as const,
  reply: Type.Object({ n: Type.Number() }),
  ...(correction && { correction }),
})

const correction = Type.Object({ nr: Type.Number() })
const input = { nr: 1 }

export const surroundings = setup({
  types: { context: {} as { n: number }, emitted: {} as { type: string } },
  actors: {
    a: step('a', options()),
    b: step('b', options()),
    c: step('c', options(correction)),
    undoA: compensation('a', options(correction)),
    undoB: compensation('b', options()),
  },
})

const undoing = {
  initial: 'b',
  states: {
    b: { invoke: { id: 'undo-b', src: 'undoB', input, onDone: 'a', onError: '#parked' } },
    a: { invoke: { id: 'undo-a', src: 'undoA', input, onDone: '#failed', onError: '#parked' } },
    whereItStopped: { type: 'history' },
  },
} as const

const ends = { done: { id: 'done', type: 'final' }, failed: { id: 'failed', type: 'final' } } as const

/** As a commande: it listens to CANCEL and RETRY. */
export const listening = surroundings.createMachine({
  id: 'm',
  version: '1',
  context: { n: 0 },
  initial: 'doing',
  states: {
    doing: {
      initial: 'a',
      states: {
        a: {
          invoke: { id: 'a', src: 'a', input, onDone: 'b', onError: '#undoing.a' },
          on: { CANCEL: '#undoing.a' },
        },
        b: {
          invoke: { id: 'b', src: 'b', input, onDone: '#done', onError: '#undoing.b' },
          on: { CANCEL: '#undoing.b' },
        },
      },
    },
    undoing: { id: 'undoing', ...undoing },
    parked: {
      id: 'parked',
      on: { RETRY: '#undoing.whereItStopped' },
      after: { 5_000: '#undoing.whereItStopped' },
    },
    ...ends,
  },
})

/** It listens to nobody: what it waits for are its steps, and its timers. */
export const silent = surroundings.createMachine({
  id: 'm',
  version: '1',
  context: { n: 0 },
  initial: 'doing',
  states: {
    doing: {
      initial: 'b',
      states: {
        b: { invoke: { id: 'b', src: 'b', input, onDone: '#done', onError: '#undoing.b' } },
        c: { invoke: { id: 'c', src: 'c', input, onDone: '#done', onError: '#undoing.b' } },
      },
    },
    undoing: { id: 'undoing', ...undoing },
    parked: {
      id: 'parked',
      after: {
        1_000: { actions: emit({ type: 'REMINDED' }) },
        5_000: '#undoing.whereItStopped',
        9_000: '#failed',
      },
    },
    ...ends,
  },
})

/** It parks on its way forward. */
export const forward = surroundings.createMachine({
  id: 'm',
  version: '1',
  context: { n: 0 },
  initial: 'doing',
  states: {
    doing: {
      initial: 'c',
      states: {
        c: {
          invoke: { id: 'c', src: 'c', input, onDone: '#done', onError: '#parked' },
          on: { CANCEL: '#undoing.a' },
        },
        whereItStopped: { type: 'history' },
      },
    },
    undoing: { id: 'undoing', ...undoing },
    parked: { id: 'parked', on: { RETRY: '#m.doing.whereItStopped' } },
    ...ends,
  },
})

const region = (name: 'a' | 'b') =>
  ({
    initial: 'open',
    states: {
      open: { invoke: { id: name, src: name, input, onDone: 'over', onError: '#undoing' } },
      over: { type: 'final' },
    },
  }) as const

/** Two steps at a time. */
export const sides = surroundings.createMachine({
  id: 'm',
  version: '1',
  context: { n: 0 },
  initial: 'doing',
  states: {
    doing: { type: 'parallel', states: { left: region('a'), right: region('b') }, onDone: 'done' },
    undoing: { id: 'undoing', ...undoing },
    parked: { id: 'parked' },
    ...ends,
  },
})
