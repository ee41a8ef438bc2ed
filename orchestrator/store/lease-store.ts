/**
 * Sessions and leases on Postgres, by the database's clock alone.
 *
 * A member lives while it has a row that has not expired. One that expired is deleted before its partitions count
 * as free, and deleting and renewing lock the same row: a renewal under way wins, or finds itself gone. A lease is
 * its owner's name in the partition; whoever takes one raises the epoch, and that is what fences writes.
 *
 * Each method is one statement, so if the process dies or freezes at any line here, it is done as a whole or not at
 * all, and no lock outlives it. Renewals wait for no commit: these statements need a pool of their own.
 */
import type { Pool } from 'pg'
import type { Beat, JoinOutcome, LeaseStore, Member, OwnedPartition } from '../engine/ports.ts'
import { ACQUIRE, BEAT, JOIN, LEAVE, RELEASE, SESSION_OF_NAME, UNPIN } from './lease-statements.ts'
import { run } from './statement.ts'

/** A session that ends between being in the way and being looked at, is in the way no more. */
const JOIN_TRIES = 3

export interface LeaseStoreOptions {
  /** Past this the database counts as gone. Short enough that a session survives a lost beat or two. */
  readonly timeoutMs: number
}

export class PostgresLeaseStore implements LeaseStore {
  readonly #pool: Pool
  readonly #timeoutMs: number

  constructor(pool: Pool, { timeoutMs }: LeaseStoreOptions) {
    this.#pool = pool
    this.#timeoutMs = timeoutMs
  }

  async join(
    { id, name, machines }: Member,
    { leaseMs, takeOverName }: { readonly leaseMs: number; readonly takeOverName: boolean },
  ): Promise<JoinOutcome> {
    for (let tries = 1; ; tries++) {
      const [joined] = await this.#run(JOIN, [id, name, machines, leaseMs, takeOverName])
      if (joined !== undefined) return { kind: 'joined' }
      const [rival] = await this.#run<{ expires_at: number }>(SESSION_OF_NAME, [name])
      if (rival !== undefined) return { kind: 'name_taken', expiresAt: rival.expires_at }
      if (tries === JOIN_TRIES) throw new Error(`sessions named ${name} come and go`)
    }
  }

  async beat({ id }: Member, leaseMs: number): Promise<Beat | undefined> {
    const [row] = await this.#run<BeatRow>(BEAT, [id, leaseMs])
    if (row === undefined) return undefined
    const { now, owned, members, partitions, free_unpinned: unpinned, free_pinned: pinned } = row
    return { now, owned, members, partitions, free: { unpinned, pinned } }
  }

  async acquire({ id }: Member, count: number): Promise<void> {
    await this.#run(ACQUIRE, [id, count])
  }

  async release({ id }: Member, partitions: readonly number[], needs: readonly string[] = []): Promise<void> {
    await this.#run(RELEASE, [id, partitions, needs])
  }

  async unpin({ id }: Member): Promise<void> {
    await this.#run(UNPIN, [id])
  }

  async leave({ id }: Member): Promise<void> {
    await this.#run(LEAVE, [id])
  }

  async #run<Row extends object>(statement: string, values: readonly unknown[]): Promise<Row[]> {
    return await run<Row>(this.#pool, statement, { values, timeoutMs: this.#timeoutMs })
  }
}

interface BeatRow {
  readonly now: number
  readonly owned: readonly OwnedPartition[]
  readonly members: readonly Pick<Member, 'id' | 'machines'>[]
  readonly partitions: number
  readonly free_unpinned: number
  readonly free_pinned: number
}
