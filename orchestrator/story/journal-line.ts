/** A row of a journal, as far as a story needs it: a page has thousands of them, so no context is among it. */
export interface JournalLine {
  readonly seq: number
  /** Of the machine that it led on with: behind a migration, the one that it moved to. */
  readonly version: string
  /** The nested machine that processed the event; null for the saga itself. */
  readonly actor: string | null
  /** As the journal has it; of a long one `type`, and what there is of `error`, `actorId`, `actor`, `reason`, `step`. */
  readonly event: { readonly type: string; readonly [member: string]: unknown }
  /** Name of the timer that was due, if one was. */
  readonly timer: string | null
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The path that it led to. */
  readonly state: string
  /** Paths of all states that are active behind it, outer ones before those within. */
  readonly active: readonly string[]
  /** Ids of the invokes whose actor runs behind it. */
  readonly open: readonly string[]
}
