// An app with machines of its own, as somebody has it who never heard of Skald: bundled with the real
// @statelyai/inspect, and served from another port.
import { createServer } from 'node:http'
import type { Test } from 'tap'
import { build, type Rolldown } from 'vite'
import { listening } from '../kit/listening.ts'

const MODULE = 'virtual:app'

/** What it shows of itself to a test: `send`, and `tell` for whatever another app would post. */
const SOURCE = `
import { createBrowserInspector } from '@statelyai/inspect'
import { assign, createActor, createMachine, fromPromise } from 'xstate'

const url = new URLSearchParams(location.search).get('url')
const iframe = document.querySelector('iframe')

const player = createMachine({
  id: 'player',
  version: '3',
  context: { plays: 0, title: '<img src=x onerror="alert(1)">' },
  initial: 'idle',
  states: {
    idle: { on: { PLAY: { target: 'playing', actions: assign({ plays: ({ context }) => context.plays + 1 }) } } },
    playing: {
      type: 'parallel',
      on: { STOP: 'idle', END: 'over' },
      states: {
        sound: { initial: 'loud', states: { loud: { on: { MUTE: 'mute' } }, mute: { on: { MUTE: 'loud' } } } },
        screen: { initial: 'dim', states: { dim: { on: { LIGHT: 'bright' } }, bright: {} } },
      },
      invoke: { id: 'stream', src: fromPromise(() => new Promise(() => {})) },
    },
    over: { type: 'final' },
  },
})

function start() {
  const { inspect } = createBrowserInspector({ url, ...(iframe && { iframe }) })
  const actor = createActor(player, { inspect }).start()
  window.send = (type) => actor.send({ type, by: 'test' })
}

window.posted = () => frames[0] ?? window.opened
window.openPage = () => { window.opened = window.open(url, 'page') }
document.querySelector('#start').addEventListener('click', start)
document.querySelector('#open').addEventListener('click', window.openPage)
`

const page = (body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>App</title></head>
<body><button id="start">Start</button><button id="open">Open</button>${body}
<script type="module" src="/app.js"></script></body></html>`

export interface AttachedApp {
  /** Its page, told where to attach: by a window that it opens, or in a frame. */
  at(attachUrl: string, how: 'window' | 'frame'): string
  readonly origin: string
}

/** Ends with `t`. */
export async function serveApp(t: Pick<Test, 'teardown'>): Promise<AttachedApp> {
  const script = await bundled()
  const server = createServer(({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://app')
    if (pathname === '/app.js')
      return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    if (pathname === '/favicon.ico') return response.writeHead(204).end()
    const body = pathname === '/frame' ? '<iframe title="Inspector" width="1200" height="700"></iframe>' : ''
    return response.writeHead(200, { 'content-type': 'text/html' }).end(page(body))
  })
  const origin = await listening(t, server)
  return { origin, at: (url, how) => `${origin}/${how}?url=${encodeURIComponent(url)}` }
}

async function bundled(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    root: import.meta.dirname,
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === MODULE ? MODULE : null),
        load: (id) => (id === MODULE ? SOURCE : null),
      },
    ],
    build: { write: false, minify: false, rolldownOptions: { input: MODULE } },
  })
  const [output] = [result].flat() as Rolldown.RolldownOutput[]
  const chunk = output?.output.find((part) => part.type === 'chunk')
  if (chunk === undefined) throw new Error('there is nothing in the bundle')
  return chunk.code
}
