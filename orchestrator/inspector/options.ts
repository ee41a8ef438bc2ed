/** What the inspector is built from. */
import type { FastifyBaseLogger } from 'fastify'
import type { RegisteredMachine } from '../../machines/registry.ts'
import type { Authenticate } from '../access/identity.ts'
import type { Versions } from '../engine/versions.ts'
import type { InspectorMetrics } from '../metrics/process.ts'
import type { Redaction } from '../redact/redaction.ts'
import type { MachineDefinitions } from '../store/machine-definitions.ts'
import type { SagaReader } from '../store/saga-reader.ts'

export interface InspectorOptions {
  readonly reader: SagaReader
  /** Of all versions that any orchestrator here ever had. */
  readonly definitions: MachineDefinitions
  readonly machines: readonly RegisteredMachine[]
  /** The same, as they run. */
  readonly versions: Versions
  /** The address of each, without a slash at its end. */
  readonly participants: Readonly<Record<string, string>>
  /** Sent to participants that are asked something; undefined where they ask for none. */
  readonly serviceToken: string | undefined
  /** Of whatever a saga holds, before it is answered. */
  readonly redaction: Redaction
  /** Undefined where nobody is asked who they are. */
  readonly authenticate: Authenticate | undefined
  readonly metrics: InspectorMetrics
  /** Who may show the page of attached machines in a frame, as sources of a Content-Security-Policy. */
  readonly attachOrigins: readonly string[]
  readonly log: FastifyBaseLogger
}
