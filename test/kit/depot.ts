// A machine of one step, which parks where the step fails and stays there until somebody says what to do; or one that
// only waits.
import { Type } from 'typebox'
import { setup } from 'xstate'
import type { Migrate } from '../../machines/migration.ts'
import type { RegisteredMachine } from '../../machines/registry.ts'
import { step } from '../../machines/step.ts'

interface DepotContext {
  readonly name: string
  readonly waits: boolean
}

const work = step('work', {
  participant: 'carts',
  request: ({ name }: { name: string }) => ({ method: 'POST', path: '/work', body: { name } }),
  reply: Type.Object({ done: Type.Boolean() }),
  correction: Type.Object({ name: Type.String({ maxLength: 20 }) }, { additionalProperties: false }),
})

export function depot(version = '1', migrate?: Migrate): RegisteredMachine {
  const machine = setup({
    types: {
      input: {} as { name: string; waits?: boolean },
      context: {} as DepotContext,
      events: {} as { type: 'RETRY' | 'CANCEL' | 'GO' },
    },
    actors: { work },
    guards: { waits: ({ context }) => context.waits },
  }).createMachine({
    id: 'depot',
    version,
    context: ({ input: { name, waits = false } }) => ({ name, waits }),
    initial: 'begun',
    states: {
      begun: { always: [{ guard: 'waits', target: 'waiting' }, { target: 'doing' }] },
      waiting: { on: { GO: 'doing', CANCEL: 'failed' } },
      doing: {
        initial: 'work',
        states: {
          work: {
            invoke: {
              id: 'work',
              src: 'work',
              input: ({ context }) => ({ name: context.name }),
              onDone: '#done',
              onError: '#parked',
            },
          },
        },
      },
      parked: { id: 'parked', on: { RETRY: 'doing', CANCEL: 'failed' } },
      done: { id: 'done', type: 'final' },
      failed: { type: 'final' },
    },
  })
  const input = Type.Object({ name: Type.String(), waits: Type.Optional(Type.Boolean()) })
  return { machine, input, businessKey: 'name', ...(migrate !== undefined && { migrate }) }
}
