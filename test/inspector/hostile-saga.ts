// A machine, and the participant of it, of which every word is an attack on whoever shows it as anything but text.
import { Type } from 'typebox'
import { assign, emit, setup } from 'xstate'
import type { RegisteredMachine } from '../../machines/registry.ts'
import type { SagaFile } from '../../orchestrator/saga-file/saga-file.ts'
import { compensation, step } from '../../machines/step.ts'
import { answer, type Act } from '../kit/scripted-server.ts'

// Each of them sets `isHit` where it is taken for more than text.
const IMG = '<img src=x onerror="isHit=1">'
const SCRIPT = '"><script>isHit=1</script>'
const SVG = '<svg onload="isHit=1"><foreignObject><iframe src="https://evil/"></svg>'
const LINK = "javascript:isHit=1//'"
const TITLE = '</title></style></script></textarea><base href="https://evil/">'
const TEMPLATE = '{{isHit=1}}${isHit=1}<%=isHit=1%>'
/** Turns around what follows, is not to be seen, or is on many lines. */
const UNSEEN = '\u202Eright to left\u2066\u200B\uFEFF\u0007\u001B[31m\u2028\r\n'

/** All at once, and longer than any line. */
export const WORDS = `${IMG}${SCRIPT}${SVG}${LINK}${TITLE}${TEMPLATE}${UNSEEN}${'W'.repeat(10_000)}`
/** As one sees the beginning of them. */
export const SEEN = IMG

/** As JSON: only there a member may be called so without any harm. */
const MEMBERS = `{
  "__proto__": {"isHit": 1, "toString": ${JSON.stringify(WORDS)}},
  "constructor": {"prototype": {"isHit": 1}},
  "hasOwnProperty": null,
  ${JSON.stringify(IMG)}: [${JSON.stringify(SVG)}, ${JSON.stringify(LINK)}],
  "toJSON": ${JSON.stringify(TEMPLATE)}
}`

/** Of a machine: Fastify has a meaning of its own for `:`, `*` and `?` in an address. */
export const MACHINE = IMG
const VERSION = SCRIPT

const reply = Type.Object({ said: Type.Unknown() })
const call = (path: string) => ({
  participant: 'carts',
  request: () => ({ method: 'POST', path, body: {} }) as const,
})

/** A saga that has done one step, and can neither do the second nor give up without somebody who says so. */
export function hostileMachine(): RegisteredMachine {
  const machine = setup({
    types: {
      input: {} as { name: string },
      events: {} as { type: string },
      emitted: {} as { type: string; said?: unknown },
    },
    actors: {
      [SVG]: step('<b onclick=isHit=1>', { ...call('/done'), reply }),
      [LINK]: step("javascript:isHit=1//'", { ...call('/refused'), reply }),
      undo: compensation('<b onclick=isHit=1>', { ...call('/done'), reply }),
    },
    guards: { [TEMPLATE]: () => true },
    delays: { [TITLE]: 3_600_000 },
  }).createMachine({
    id: MACHINE,
    version: VERSION,
    context: ({ input }) => ({ [IMG]: WORDS, name: input.name }),
    initial: 'doing',
    states: {
      doing: {
        initial: IMG,
        states: {
          [IMG]: {
            invoke: {
              id: SVG,
              src: SVG,
              onDone: {
                target: SCRIPT,
                actions: [
                  assign({ said: ({ event }) => event.output.said }),
                  emit(({ event }) => ({ type: SCRIPT, said: event.output.said })),
                  emit({ type: WORDS }),
                ],
              },
              onError: '#failed',
            },
          },
          [SCRIPT]: {
            invoke: {
              id: LINK,
              src: LINK,
              onDone: '#done',
              onError: [
                {
                  guard: TEMPLATE,
                  target: `#stopped`,
                  actions: assign({ error: ({ event }) => event.error }),
                },
                { target: '#undoing' },
              ],
            },
          },
        },
      },
      undoing: {
        id: 'undoing',
        initial: IMG,
        states: { [IMG]: { invoke: { id: TITLE, src: 'undo', onDone: '#failed', onError: '#stopped' } } },
      },
      parked: {
        id: 'stopped',
        initial: SVG,
        states: { [SVG]: { on: { [LINK]: '#undoing' }, after: { [TITLE]: '#undoing' } } },
        on: { CANCEL: '#undoing', RETRY: '#undoing', [WORDS]: '#undoing' },
      },
      done: { id: 'done', type: 'final' },
      failed: { id: 'failed', type: 'final', entry: emit({ type: TITLE }) },
    },
    output: ({ context }) => ({ ...context, error: context['error'] ?? null }),
  })
  return {
    machine,
    input: Type.Object({ name: Type.String() }),
    businessKey: 'name',
    serviceEvents: { carts: '/events', stocks: '/nonsense', produits: '/refused' },
  }
}

/** What it asks: whichever of the three it calls. */
export const hostileAnswer: Act = (response, request) => {
  const { pathname } = new URL(request.url ?? '/', 'http://participant')
  const words = { code: IMG, detail: WORDS, action: SCRIPT, outcome: LINK, created_at: SVG }
  const said = `{"said": ${MEMBERS}, "detail": ${MEMBERS}}`
  const act = {
    '/done': () => response.writeHead(200, { 'content-type': 'application/json' }).end(said),
    '/events': () => response.writeHead(200, { 'content-type': 'application/json' }).end(eventsOf(said)),
    '/nonsense': () => response.writeHead(200, { 'content-type': 'text/html' }).end(WORDS),
  }[pathname]
  if (act === undefined) answer(409, words)(response, request)
  else act()
}

/** The same as a file that nobody has exported: with words also where Skald itself writes only a few. */
export function hostileFile(exported: string): string {
  const file = JSON.parse(exported) as SagaFile
  const words = { status: 'constructor', state: WORDS, step: IMG, business_key: LINK, machine: '__proto__' }
  const spoilt = {
    ...file,
    saga: { ...file.saga, ...words, problem: WORDS, trouble: { cause: WORDS } },
    transitions: file.transitions.map((row) => ({ ...row, actor: WORDS, state: IMG, timer: SVG })),
    service_events: { [IMG]: [WORDS, null], [SVG]: { error: SCRIPT }, [LINK]: WORDS },
  }
  return JSON.stringify(spoilt)
}

const eventsOf = (said: string) =>
  `[${JSON.stringify({ action: SCRIPT, outcome: 'FAILURE', created_at: SVG, detail: WORDS })}, ${said}, null, ${MEMBERS}]`
