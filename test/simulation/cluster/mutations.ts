/** Faults of Skald itself, each of which the simulation must find: what proves its teeth. */
import type { Engine } from '../../../orchestrator/engine/engine.ts'
import { SagaHost } from '../../../orchestrator/engine/host.ts'
import { Journal } from '../../../orchestrator/engine/journal.ts'
import type { SagaWrite, StepCall, WriteOutcome } from '../../../orchestrator/engine/ports.ts'
import { Session } from '../../../orchestrator/engine/session.ts'
import { Connection } from '../connection.ts'
import { SimSteps } from '../steps.ts'
import type { ClusterFlaws } from './cluster.ts'

/** Says that a write is committed as soon as it is asked to commit it. */
class EagerJournal extends Journal {
  override commit(write: SagaWrite): Promise<WriteOutcome> {
    void super.commit(write)
    return Promise.resolve({ kind: 'committed' })
  }
}

export function releaseEarly({ journal }: Engine): void {
  Object.setPrototypeOf(journal, EagerJournal.prototype)
}

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Puts another body in the place of a method, and gives back what undoes it. */
function replaceMethod(
  { prototype }: { readonly prototype: object },
  name: string,
  bodyAround: (original: Method) => Method,
): () => void {
  const original = Object.getOwnPropertyDescriptor(prototype, name)
  const value = bodyAround(original?.value as Method)
  Object.defineProperty(prototype, name, { ...original, value })
  return () => void Object.defineProperty(prototype, name, original ?? {})
}

/** The same for a getter: it always says `value`. */
function fixGetter({ prototype }: { readonly prototype: object }, name: string, value: unknown): () => void {
  const original = Object.getOwnPropertyDescriptor(prototype, name)
  Object.defineProperty(prototype, name, { ...original, get: () => value })
  return () => void Object.defineProperty(prototype, name, original ?? {})
}

const guessing = (write: Method): Method =>
  async function guess(batch) {
    try {
      return await write.call(this, batch)
    } catch {
      return (batch as readonly SagaWrite[]).map(() => ({ kind: 'committed' }))
    }
  }

const asIfFirst = (call: Method): Method =>
  function callAsIfFirst(declaration, asked) {
    return call.call(this, declaration, { ...(asked as StepCall), resumed: false })
  }

const unlessLost = (drop: Method): Method =>
  function dropUnlessLost(exit) {
    return exit === 'lost' ? undefined : drop.call(this, exit)
  }

/** By what is wrong, in words. */
export const mutations: ReadonlyMap<string, ClusterFlaws> = new Map<string, ClusterFlaws>([
  ['the store takes writes under any epoch', { store: { unfenced: true } }],
  ['effects are released before their commit', { engine: releaseEarly }],
  ['participants keep no tombstones', { ledger: { noTombstones: true } }],
  ['participants do not know a key again', { ledger: { noBarrier: true } }],
  ['one idempotency key serves two sagas’ steps', { ledger: { sharedKeys: true } }],
  ['a second saga begins under the key of another', { store: { forgetsKeys: true } }],
  ['nobody fences itself off when its session ends', { code: () => fixGetter(Session, 'isValid', true) }],
  ['a saga leaves memory with a call under way', { code: () => fixGetter(SagaHost, 'atRestSince', 0) }],
  ['sagas of a lost partition are not dropped', { code: () => replaceMethod(SagaHost, 'drop', unlessLost) }],
  ['it is forgotten which events were answered', { store: { forgetsAnswers: true } }],
  ['events are handed out in no order', { store: { shufflesInbox: true } }],
  ['a takeover does not raise the epoch', { leases: { sameEpoch: true } }],
  ['partitions are taken from owners that live', { leases: { grabby: true } }],
  ['a saga is resumed from the transition before its last', { store: { readsStale: true } }],
  ['a saga with a call under way is taken for one that waits', { store: { forgetsCalls: true } }],
  ['nobody looks for sagas whose timer is due', { store: { forgetsTimers: true } }],
  ['a write that comes again is written again', { store: { writesTwice: true } }],
  [
    'a commit whose answer is lost counts as done',
    { code: () => replaceMethod(Connection, 'write', guessing) },
  ],
  [
    'a call repeated after a resume counts as the first',
    { code: () => replaceMethod(SimSteps, 'call', asIfFirst) },
  ],
])
