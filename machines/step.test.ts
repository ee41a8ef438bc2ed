import t from 'tap'
import { createActor } from 'xstate'
import { Type } from 'typebox'
import { compensation, declarationOf, step } from './step.ts'

const options = {
  participant: 'carts',
  request: (input: { id: number }) => ({ method: 'POST', path: `/${input.id}/` }) as const,
  reply: Type.Object({ n: Type.Integer() }),
}

t.test('a step and its compensation share a name, and say which of the two they are', async (t) => {
  t.match(declarationOf(step('lock', options)), { step: 'lock', undo: false, participant: 'carts' })
  t.match(declarationOf(compensation('lock', options)), { step: 'lock', undo: true })
})

t.test('anything but a step has no declaration', async (t) => {
  for (const other of [undefined, null, 'lock', {}, () => undefined]) t.equal(declarationOf(other), undefined)
})

t.test('a step that the engine gave no body says so', async (t) => {
  const actor = createActor(step('lock', options), { input: { id: 1 } })
  const { promise, resolve } = Promise.withResolvers<unknown>()
  actor.subscribe({ error: resolve })
  actor.start()
  t.match(await promise, { message: /step lock has no body: the machine was not prepared/ })
})
