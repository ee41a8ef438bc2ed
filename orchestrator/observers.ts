/** What the engine tells, written to the log, and told to several observers at once. */
import type { FastifyBaseLogger } from 'fastify'
import type { Observer, SagaIdentity } from './engine/ports.ts'
import type { StepReport } from './steps/http-steps.ts'
import { traceIdOf } from './traces/saga-trace.ts'

/** What every line about a saga begins with. */
function named(saga: SagaIdentity) {
  const { sagaId, machine, version } = saga
  return { saga_id: sagaId, trace_id: traceIdOf(saga), machine, version }
}

/** Handed over one by one, and acquired by whoever gets them: that line tells it. */
const LEVELS = { acquired: 'info', handed_over: 'debug', lost: 'warn' } as const

/** A database that is away is asked many times a second, by the session and by all that is read of its sagas. */
const TROUBLE_MS = 5_000

/** The first at once, then one line for all that comes within `ms`, with how many that were. */
function atMostEvery<Told>(ms: number, tell: (told: Told, times: number) => void): (told: Told) => void {
  let toldAt = -Infinity
  let times = 0
  return (told) => {
    times += 1
    if (performance.now() - toldAt < ms) return
    toldAt = performance.now()
    tell(told, times)
    times = 0
  }
}

/** For what is tried again by itself: a line at most every few seconds. */
export function onTroubleOf(log: FastifyBaseLogger, message: string): (error: unknown) => void {
  return atMostEvery(TROUBLE_MS, (error: unknown, times) => log.warn({ err: error, times }, message))
}

/** One line a transition at debug; what a person may have to look into at warn. */
export function logObserver(log: FastifyBaseLogger): Partial<Observer> {
  // There are thousands a second, and mostly nobody wants them: then they are not even made.
  const debug = (saga: SagaIdentity, message: string, more: object = {}) => {
    if (log.level === 'debug' || log.level === 'trace') log.debug({ ...named(saga), ...more }, message)
  }
  return {
    started: (saga) => debug(saga, 'saga started'),
    resumed: (saga) => {
      const { state, why } = saga
      // A timer that is due is everyday life; a saga that another orchestrator left is not.
      if (why === 'takeover') log.info({ ...named(saga), state, why }, 'saga resumed')
      else debug(saga, 'saga resumed', { state, why })
    },
    transition: (saga, { seq, event, state }) => debug(saga, 'transition', { seq, event: event.type, state }),
    ended: (saga) => {
      const { status, state } = saga
      if (status === 'failed') log.info({ ...named(saga), state }, 'saga failed')
      else debug(saga, 'saga ended', { status })
    },
    parked: (saga) => {
      const { state, step, code } = saga
      log.warn({ ...named(saga), state, step, code }, 'saga parked')
    },
    evicted: (saga) => debug(saga, 'saga left memory, for it only waits'),
    leases: ({ kind, partitions, held }) =>
      log[LEVELS[kind]]({ partitions, held }, `partitions ${kind.replace('_', ' ')}`),
    storeTrouble: onTroubleOf(log, 'the database does not answer for the session and its sagas; tried again'),
    trouble: (saga, reason) => log.warn({ ...named(saga), reason }, 'saga left memory before its end'),
    effectFailed: (saga, error) =>
      log.error({ ...named(saga), err: error }, 'an effect failed after its commit'),
    journalWaiting: (error, attempt) =>
      log.warn({ err: error, attempt }, 'the journal waits for its database; nothing is called meanwhile'),
  }
}

/** From then on somebody may look for the one that was slow. */
const SLOW_STEP_MS = 1_000

/** One line for each step that was not done, or was slow: a graph says how many there are, and this which. */
export function logSteps(log: FastifyBaseLogger): (report: StepReport) => void {
  return (report) => {
    const { step, undo, participant, outcome, attempts, durationMs } = report
    if (outcome === 'done' && durationMs < SLOW_STEP_MS) return
    const told = { step, direction: undo ? 'undoing' : 'doing', participant, outcome, attempts }
    const message = outcome === 'done' ? 'step was slow' : 'step not done'
    log.info({ ...named(report), ...told, duration_ms: Math.round(durationMs) }, message)
  }
}

/** Each event goes to all of them, in order. */
export function observeWith(...observers: readonly Partial<Observer>[]): Observer {
  const tell =
    <Name extends keyof Observer>(name: Name) =>
    (...told: Parameters<Observer[Name]>) => {
      for (const observer of observers) {
        const listen = observer[name] as ((...told: Parameters<Observer[Name]>) => void) | undefined
        listen?.(...told)
      }
    }
  return {
    started: tell('started'),
    resumed: tell('resumed'),
    transition: tell('transition'),
    left: tell('left'),
    timerFired: tell('timerFired'),
    ended: tell('ended'),
    parked: tell('parked'),
    evicted: tell('evicted'),
    leases: tell('leases'),
    storeTrouble: tell('storeTrouble'),
    fenced: tell('fenced'),
    trouble: tell('trouble'),
    committed: tell('committed'),
    effectFailed: tell('effectFailed'),
    journalWaiting: tell('journalWaiting'),
  }
}
