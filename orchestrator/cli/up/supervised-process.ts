// The life of one supervised process, as a machine. It knows nothing of the other processes; supervisor.ts orders
// them. Whatever ends a process but a wanted stop, it is started again, for ever, at growing intervals; only one that
// at its very first start exits with code 1 is not: so it tells of a mistake that no restart mends.
import { spawn } from 'node:child_process'
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { assign, fromCallback, fromPromise, sendTo, setup } from 'xstate'
import type { ActorRefFrom, SnapshotFrom } from 'xstate'
import type { ProcessCommand } from './embedded-postgres.ts'

const RESTART_DELAY_MS = 200
const RESTART_DELAY_MS_MAX = 5000
const READY_POLL_MS = 100

export interface ProcessPlan {
  name: string
  command: ProcessCommand
  /** Where it answers, if it speaks HTTP. */
  url?: string
  logFile: string
  pidFile: string
  stopSignal: 'SIGTERM' | 'SIGINT'
  /** How long it may take to stop before it is killed. */
  stopMs: number
  /** Whether exit code 1 at its first start tells of an operator's mistake. */
  mayRefuse: boolean
  isReady: () => Promise<boolean>
  report: (fact: string) => void
}

interface Context {
  plan: ProcessPlan
  pid: number | undefined
  /** Deaths in a row without being ready in between. */
  failures: number
  restarts: number
  wasReady: boolean
}

interface Exit {
  type: 'EXITED'
  code: number | null
  reason: string
}

type ProcessEvent =
  { type: 'START' } | { type: 'STOP' } | { type: 'KILL' } | { type: 'SPAWNED'; pid: number } | Exit

const child = fromCallback<{ type: 'SIGNAL'; signal: NodeJS.Signals }, ProcessPlan>(
  ({ input, sendBack, receive }) => {
    const { file, args, ...surroundings } = input.command
    const log = openSync(input.logFile, 'a')
    const running = spawn(file, args, {
      ...surroundings,
      // stdin stays open as long as we live: its end tells the child that we are gone, however we died.
      stdio: ['pipe', log, log],
      // In a session of its own, so that Ctrl-C in the terminal reaches us alone and we can keep the order.
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    closeSync(log)
    running.on('error', (error) => sendBack({ type: 'EXITED', code: null, reason: error.message }))
    running.on('exit', (code, signal) =>
      sendBack({ type: 'EXITED', code, reason: signal ? `signal ${signal}` : `exit code ${code}` }),
    )
    receive(({ signal }) => running.kill(signal))
    if (running.pid) sendBack({ type: 'SPAWNED', pid: running.pid })
  },
)

const readiness = fromPromise<void, ProcessPlan>(async ({ input, signal }) => {
  while (!signal.aborted && !(await input.isReady())) await sleep(READY_POLL_MS)
})

export const supervisedProcess = setup({
  types: {
    input: {} as ProcessPlan,
    context: {} as Context,
    events: {} as ProcessEvent,
  },
  actors: { child, readiness },
  actions: {
    report: ({ context }, fact: string) => context.plan.report(fact),
    signal: sendTo('child', (_, signal: NodeJS.Signals) => ({ type: 'SIGNAL' as const, signal })),
    keepPid: assign(({ context }, pid: number) => {
      writeFileSync(context.plan.pidFile, `${pid}\n`)
      return { pid }
    }),
    forgetPid: assign(({ context }) => {
      rmSync(context.plan.pidFile, { force: true })
      return { pid: undefined }
    }),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    countRestart: assign({ restarts: ({ context }) => context.restarts + 1 }),
    forgetFailures: assign({ failures: 0, wasReady: true }),
  },
  guards: {
    isRefusal: ({ context }, code: number | null) =>
      code === 1 && context.plan.mayRefuse && !context.wasReady,
  },
  delays: {
    stopMs: ({ context }) => context.plan.stopMs,
    restartMs: ({ context }) => restartMs(context),
  },
}).createMachine({
  id: 'process',
  context: ({ input }) => ({ plan: input, pid: undefined, failures: 0, restarts: 0, wasReady: false }),
  initial: 'stopped',
  states: {
    stopped: { on: { START: 'alive' } },
    alive: {
      invoke: { src: 'child', id: 'child', input: ({ context }) => context.plan },
      initial: 'starting',
      states: {
        starting: {
          invoke: { src: 'readiness', input: ({ context }) => context.plan, onDone: 'ready' },
        },
        ready: {
          entry: ['forgetFailures', { type: 'report', params: 'ready' }],
        },
        stopping: {
          entry: { type: 'signal', params: ({ context }) => context.plan.stopSignal },
          after: {
            stopMs: {
              actions: [
                { type: 'report', params: 'does not stop: killing it' },
                { type: 'signal', params: 'SIGKILL' },
              ],
            },
          },
          on: {
            EXITED: { target: '#process.stopped', actions: { type: 'report', params: 'stopped' } },
            STOP: {},
          },
        },
      },
      on: {
        SPAWNED: {
          actions: [
            { type: 'keepPid', params: ({ event }) => event.pid },
            { type: 'report', params: ({ event }) => `started (pid ${event.pid})` },
          ],
        },
        KILL: { actions: { type: 'signal', params: 'SIGKILL' } },
        STOP: '.stopping',
        EXITED: [
          { guard: { type: 'isRefusal', params: ({ event }) => event.code }, target: 'refused' },
          {
            target: 'waiting',
            actions: [
              'countFailure',
              {
                type: 'report',
                params: ({ context, event }) =>
                  `died (${event.reason}), starts again in ${restartMs(context)} ms`,
              },
            ],
          },
        ],
      },
      exit: 'forgetPid',
    },
    waiting: {
      after: { restartMs: 'alive' },
      on: { START: 'alive', STOP: 'stopped' },
      exit: 'countRestart',
    },
    refused: {},
  },
})

export type SupervisedProcess = ActorRefFrom<typeof supervisedProcess>
export type SupervisedSnapshot = SnapshotFrom<typeof supervisedProcess>

/** `stopped`, `starting`, `ready`, `stopping`, `waiting` or `refused`. */
export function stateOf({ value }: SupervisedSnapshot): string {
  return typeof value === 'string' ? value : value.alive
}

function restartMs({ failures }: Context): number {
  return Math.min(RESTART_DELAY_MS * 2 ** (failures - 1), RESTART_DELAY_MS_MAX)
}
