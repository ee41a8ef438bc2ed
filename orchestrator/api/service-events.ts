/** What the participants of a saga noted of it: asked for when it is exported, for each knows only its own part. */
import got, { RequestError } from 'got'
import type { RegisteredMachine } from '../../machines/registry.ts'
import type { VersionName } from '../engine/versions.ts'

/** A participant that is down must not keep anybody from a bug report. */
const TIMEOUT_MS = 2_000
const EVENTS_MAX = 500

export type ServiceEvents = Readonly<Record<string, unknown>>

export interface ServiceEventsOptions {
  readonly machines: readonly RegisteredMachine[]
  /** The address of each, without a slash at its end. */
  readonly participants: Readonly<Record<string, string>>
  /** Undefined where participants ask for none. */
  readonly serviceToken: string | undefined
}

/** By participant, the oldest first; `{error}` for one that does not tell. Null if the machine names none to ask. */
export async function serviceEventsOf(
  { sagaId, machine, version }: VersionName & { readonly sagaId: string },
  { machines, participants, serviceToken }: ServiceEventsOptions,
): Promise<ServiceEvents | null> {
  const ofMachine = machines.filter((registered) => registered.machine.id === machine)
  // A version that is not here any more called the same participants, as far as anybody can tell.
  const found = ofMachine.find((registered) => registered.machine.version === version) ?? ofMachine.at(-1)
  if (found?.serviceEvents === undefined) return null
  const asked = Object.entries(found.serviceEvents).map(
    async ([name, path]) =>
      [name, await eventsAt({ address: participants[name], path, serviceToken }, sagaId)] as const,
  )
  return Object.fromEntries(await Promise.all(asked))
}

interface Place extends Pick<ServiceEventsOptions, 'serviceToken'> {
  readonly address: string | undefined
  readonly path: string
}

async function eventsAt({ address, path, serviceToken }: Place, sagaId: string): Promise<unknown> {
  if (address === undefined) return { error: 'its address is not set' }
  try {
    const events = await got(`${address}${path}`, {
      searchParams: { correlation_id: sagaId, limit: EVENTS_MAX },
      ...(serviceToken !== undefined && { headers: { authorization: `Bearer ${serviceToken}` } }),
      timeout: { request: TIMEOUT_MS },
      // What this process can reach is not for a participant to ask.
      followRedirect: false,
      retry: { limit: 0 },
    }).json<unknown>()
    return Array.isArray(events) ? events.toReversed() : { error: 'its answer is no list' }
  } catch (error) {
    return { error: error instanceof RequestError ? error.message : String(error) }
  }
}
