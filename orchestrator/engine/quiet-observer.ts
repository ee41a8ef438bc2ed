/**
 * An observer that can't harm: logs, metrics and pages are other people's code, and what they throw must
 * neither stop a saga nor make a committed batch look like one that was not.
 * It keeps nothing: a process that dies at any line loses what it would have told, and no saga.
 */
import type { Observer, SagaIdentity } from './ports.ts'

/** Passes everything on; what `observer` throws about a saga comes back to it as `effectFailed`, once. */
export function quiet(observer: Observer): Observer {
  const report = (saga: SagaIdentity) => (error: unknown) =>
    attempt(() => observer.effectFailed(saga, error), toNobody)
  return {
    started: (saga) => attempt(() => observer.started(saga), report(saga)),
    resumed: (saga) => attempt(() => observer.resumed(saga), report(saga)),
    transition: (saga, row) => attempt(() => observer.transition(saga, row), report(saga)),
    left: (saga, state, ms) => attempt(() => observer.left(saga, state, ms), report(saga)),
    timerFired: (saga, lateMs) => attempt(() => observer.timerFired(saga, lateMs), report(saga)),
    ended: (saga) => attempt(() => observer.ended(saga), report(saga)),
    parked: (saga) => attempt(() => observer.parked(saga), report(saga)),
    fenced: (saga) => attempt(() => observer.fenced(saga), report(saga)),
    trouble: (saga, problem) => attempt(() => observer.trouble(saga, problem), report(saga)),
    effectFailed: (saga, error) => attempt(() => observer.effectFailed(saga, error), toNobody),
    committed: (batch) => attempt(() => observer.committed(batch), toNobody),
    evicted: (saga) => attempt(() => observer.evicted(saga), report(saga)),
    leases: (change) => attempt(() => observer.leases(change), toNobody),
    storeTrouble: (error) => attempt(() => observer.storeTrouble(error), toNobody),
    journalWaiting: (error, tries) => attempt(() => observer.journalWaiting(error, tries), toNobody),
  }
}

function attempt(run: () => void, onError: (error: unknown) => void): void {
  try {
    run()
  } catch (error) {
    onError(error)
  }
}

const toNobody = () => undefined
