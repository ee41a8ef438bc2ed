/** How many partitions a member should have, and what it should do about it. Pure. */
import type { Beat, OwnedPartition } from './ports.ts'

export interface Balance {
  /** How many to take. */
  readonly acquire: number
  /** Those to hand over. */
  readonly surplus: readonly OwnedPartition[]
  /** It has less than everyone can have: others are about to hand over, or to die. */
  readonly isHungry: boolean
}

/**
 * The share of this member is P/N, rounded up for the first in the order of their ids and down for the others, so
 * that the shares add up to P: were all rounded up, the last to come could find nothing left, and nobody with too
 * much. Pinned ones do not count: they are here because nobody else could drive their sagas.
 */
export function balanceOf(memberId: string, { owned, members, partitions, free }: Beat): Balance {
  const ids = members.map(({ id }) => id).sort()
  const count = Math.max(1, ids.length)
  const share = Math.floor(partitions / count) + (ids.indexOf(memberId) < partitions % count ? 1 : 0)
  const unpinned = owned.filter(({ needs }) => needs.length === 0)
  const wanted = Math.min(free.unpinned, Math.max(0, share - unpinned.length))
  return {
    acquire: wanted + free.pinned,
    surplus: unpinned.slice(share),
    isHungry: unpinned.length < share,
  }
}
