/** What the API is built from. */
import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { RegisteredMachine } from '../../machines/registry.ts'
import type { Access, AccessObserver } from '../access/access.ts'
import type { Engine } from '../engine/engine.ts'
import type { Versions } from '../engine/versions.ts'
import type { Redaction } from '../redact/redaction.ts'
import type { BulkStore } from '../store/bulk-store.ts'
import type { EventInbox } from '../store/event-inbox.ts'
import type { MachineDefinitions } from '../store/machine-definitions.ts'
import type { SagaExports } from '../store/saga-exports.ts'
import type { SagaReader } from '../store/saga-reader.ts'

export interface ApiOptions {
  readonly engine: Engine
  readonly reader: SagaReader
  readonly exports: SagaExports
  /** Of all versions that any orchestrator here ever had. */
  readonly definitions: MachineDefinitions
  readonly inbox: EventInbox
  readonly bulks: BulkStore
  /** Told when there may be a bulk to take further. */
  readonly onBulk: () => void
  readonly machines: readonly RegisteredMachine[]
  /** The same, as they run. */
  readonly versions: Versions
  /** The address of each, without a slash at its end. */
  readonly participants: Readonly<Record<string, string>>
  /** Sent to participants that are asked something; undefined where they ask for none. */
  readonly serviceToken: string | undefined
  /** Of whatever a saga holds, before it is answered. */
  readonly redaction: Redaction
  /** Seconds that a start waits for the saga's end before it answers 202. */
  readonly waitSeconds: number
  /** Undefined where nobody is asked who they are. */
  readonly access: Access | undefined
  readonly accessObserver: Pick<AccessObserver, 'refused'>
  readonly log: string | FastifyBaseLogger
  readonly register: Registry
}
