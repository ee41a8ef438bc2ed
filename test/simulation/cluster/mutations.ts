/** Faults of Skald itself, each of which the simulation must find: what proves its teeth. */
import type { Engine } from '../../../orchestrator/engine/engine.ts'
import { SagaHost } from '../../../orchestrator/engine/host.ts'
import { Journal } from '../../../orchestrator/engine/journal.ts'
import type { SagaWrite, WriteOutcome } from '../../../orchestrator/engine/ports.ts'
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

/** Puts another body in the place of a method or getter, and gives back what undoes it. */
function replace(prototype: object, name: string, descriptor: PropertyDescriptor): () => void {
  const original = Object.getOwnPropertyDescriptor(prototype, name)
  if (original === undefined) throw new Error(`there is no ${name} to replace`)
  Object.defineProperty(prototype, name, { configurable: true, ...descriptor })
  return () => void Object.defineProperty(prototype, name, original)
}

const originalWrite = Connection.prototype.write
const originalCall = SimSteps.prototype.call
const originalDrop = SagaHost.prototype.drop

async function guess(this: Connection, batch: readonly SagaWrite[]): Promise<readonly WriteOutcome[]> {
  try {
    return await originalWrite.call(this, batch)
  } catch {
    return batch.map(() => ({ kind: 'committed' }))
  }
}

function callAsIfFirst(this: SimSteps, ...[declaration, call]: Parameters<SimSteps['call']>) {
  return originalCall.call(this, declaration, { ...call, resumed: false })
}

function dropUnlessLost(this: SagaHost, exit: Parameters<SagaHost['drop']>[0]): void {
  if (exit !== 'lost') originalDrop.call(this, exit)
}

/** By what is wrong, in words. */
export const mutations: ReadonlyMap<string, ClusterFlaws> = new Map<string, ClusterFlaws>([
  ['the store takes writes under any epoch', { store: { unfenced: true } }],
  ['effects are released before their commit', { engine: releaseEarly }],
  ['participants keep no tombstones', { ledger: { noTombstones: true } }],
  ['participants do not know a key again', { ledger: { noBarrier: true } }],
  ['one idempotency key serves two sagas’ steps', { ledger: { sharedKeys: true } }],
  ['a second saga begins under the key of another', { store: { forgetsKeys: true } }],
  [
    'nobody fences itself off when its session ends',
    { code: () => replace(Session.prototype, 'isValid', { get: () => true }) },
  ],
  [
    'a saga leaves memory with a call under way',
    { code: () => replace(SagaHost.prototype, 'atRestSince', { get: () => 0 }) },
  ],
  [
    'sagas of a lost partition are not dropped',
    { code: () => replace(SagaHost.prototype, 'drop', { value: dropUnlessLost }) },
  ],
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
    { code: () => replace(Connection.prototype, 'write', { value: guess }) },
  ],
  [
    'a call repeated after a resume counts as the first',
    { code: () => replace(SimSteps.prototype, 'call', { value: callAsIfFirst }) },
  ],
])
