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
 * Everyone takes up to P/N, rounded up, and gives what is above it: all are taken, and none goes back and forth.
 * Pinned ones do not count: they are here because nobody else could drive their sagas.
 */
export function balanceOf({ owned, members, partitions, free }: Beat): Balance {
  const count = Math.max(1, members.length)
  const fair = Math.ceil(partitions / count)
  const unpinned = owned.filter(({ pinned }) => !pinned)
  const wanted = Math.min(free.unpinned, Math.max(0, fair - unpinned.length))
  return {
    acquire: wanted + free.pinned,
    surplus: unpinned.slice(fair),
    isHungry: unpinned.length < Math.floor(partitions / count),
  }
}
