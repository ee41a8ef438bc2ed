/** A saga that mostly waits: for a word from outside, which may never come, or for a day that is far off. */
import { assign, emit, setup, type AnyStateMachine } from 'xstate'
import { Type } from 'typebox'
import type { Migrate } from '../../../machines/migration.ts'
import { compensation, step, type StepFailure } from '../../../machines/step.ts'

interface Input {
  saga_id: string
  nr: number
}

const request = (input: { nr: number }) => ({ method: 'POST', path: `/${input.nr}` }) as const
const call = (name: string, participant: string) =>
  step(name, { participant, request, reply: Type.Unknown() })
const undo = (name: string, participant: string) =>
  compensation(name, { participant, request, reply: Type.Unknown() })
const nr = ({ context }: { context: Input }) => ({ nr: context.nr })
const isSurelyNotDone = ({ event }: { event: unknown }) => !(event as { error: StepFailure }).error.inDoubt

function breaks(): never {
  throw new Error('the machine broke')
}

/** From one version to another and back: there, it is noted how often. */
export const migrateBooking: Migrate = (snapshot) => {
  const { moves = 0 } = snapshot.context as { moves?: number }
  return { ...snapshot, context: { ...snapshot.context, moves: moves + 1 } }
}

const PATIENCE_MS = 9_000
const REMIND_MS = 6_000

/** Holds a room, waits to be confirmed or for its patience to end, charges; `version` is all that differs. */
export const bookingOf = (version: string, isPatient: boolean): AnyStateMachine =>
  setup({
    types: {
      input: {} as Input,
      context: {} as Input & { tries: number },
      events: {} as { type: 'CONFIRM' | 'CANCEL' | 'RETRY' | 'BREAK' },
      emitted: {} as { type: string },
    },
    actors: {
      hold: call('hold', 'rooms'),
      charge: call('charge', 'bank'),
      undoHold: undo('hold', 'rooms'),
      undoCharge: undo('charge', 'bank'),
    },
    guards: { isSurelyNotDone, breaks },
    delays: { nextTry: ({ context }) => 500 * 2 ** Math.min(context.tries, 4) },
  }).createMachine({
    id: isPatient ? 'patient-booking' : 'booking',
    version,
    context: ({ input }) => ({ ...input, tries: 0 }),
    initial: 'doing',
    states: {
      doing: {
        initial: 'hold',
        states: {
          hold: {
            invoke: {
              id: 'hold',
              src: 'hold',
              input: nr,
              onDone: { target: 'waiting', actions: emit({ type: 'HELD' }) },
              onError: [{ guard: 'isSurelyNotDone', target: '#failed' }, { target: '#undoing.hold' }],
            },
            on: { CANCEL: '#undoing.hold' },
          },
          waiting: {
            on: {
              CONFIRM: { target: 'charge', actions: emit({ type: 'CONFIRMED' }) },
              CANCEL: '#undoing.hold',
              BREAK: { guard: 'breaks', target: '#undoing.hold' },
            },
            after: isPatient
              ? { [REMIND_MS]: { actions: emit({ type: 'REMINDED' }) } }
              : { [PATIENCE_MS]: '#undoing.hold' },
          },
          charge: {
            invoke: {
              id: 'charge',
              src: 'charge',
              input: nr,
              onDone: { target: '#done', actions: emit({ type: 'CHARGED' }) },
              onError: [{ guard: 'isSurelyNotDone', target: '#undoing.hold' }, { target: '#undoing.charge' }],
            },
            on: { CANCEL: '#undoing.charge' },
          },
        },
      },
      undoing: {
        id: 'undoing',
        initial: 'charge',
        states: {
          charge: {
            invoke: { id: 'undo-charge', src: 'undoCharge', input: nr, onDone: 'hold', onError: '#parked' },
          },
          hold: {
            invoke: { id: 'undo-hold', src: 'undoHold', input: nr, onDone: '#failed', onError: '#parked' },
          },
          whereItStopped: { type: 'history' },
        },
      },
      parked: {
        id: 'parked',
        entry: assign({ tries: ({ context }) => context.tries + 1 }),
        on: { RETRY: '#undoing.whereItStopped' },
        after: { nextTry: '#undoing.whereItStopped' },
      },
      done: { id: 'done', type: 'final', entry: emit({ type: 'DONE' }) },
      failed: { id: 'failed', type: 'final', entry: emit({ type: 'FAILED' }) },
    },
  })
