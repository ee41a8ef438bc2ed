// A machine that calls nobody and waits for events: a dossier that people write notes into until it is closed.
import { Type } from 'typebox'
import { assign, setup } from 'xstate'
import type { RegisteredMachine } from '../../machines/registry.ts'

type Note = { type: 'NOTE'; text: string | number; urgent?: boolean }

export function dossier(version = '1'): RegisteredMachine {
  const machine = setup({
    types: {
      input: {} as { title: string },
      context: {} as { notes: (string | number)[] },
      events: {} as Note | { type: 'LOCK' | 'UNLOCK' | 'CLOSE' },
      output: {} as { notes: (string | number)[]; version: string },
    },
    actions: {
      note: assign({ notes: ({ context, event }) => [...context.notes, (event as Note).text] }),
    },
    guards: {
      isUrgent: ({ event }) => (event as Note).urgent === true,
    },
  }).createMachine({
    id: 'dossier',
    version,
    context: { notes: [] },
    initial: 'open',
    states: {
      open: { on: { NOTE: { actions: 'note' }, LOCK: 'locked', CLOSE: 'closed' } },
      locked: { on: { NOTE: { guard: 'isUrgent', actions: 'note' }, UNLOCK: 'open' } },
      closed: { type: 'final' },
    },
    output: ({ context }) => ({ notes: context.notes, version }),
  })
  return { machine, input: Type.Object({ title: Type.String() }), businessKey: 'title' }
}
