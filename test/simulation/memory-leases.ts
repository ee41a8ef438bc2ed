/** Who lives and who owns what, in memory: members, partitions and their epochs, by the database's own clock. */
import type { Beat, JoinOutcome, Lease, Member } from '../../orchestrator/engine/ports.ts'

export interface LeaseFlaws {
  /** Takes over without raising the epoch. */
  readonly sameEpoch?: boolean
  /** Counts every partition as free, whoever lives. */
  readonly grabby?: boolean
}

interface MemberRow {
  readonly member: Member
  expiresAt: number
}

interface PartitionRow {
  owner: string | null
  epoch: number
  needs: readonly string[]
}

export class MemoryLeases {
  readonly partitions: readonly PartitionRow[]
  readonly members = new Map<string, MemberRow>()
  /** Members whose session was ended by another of their name: they can't know. */
  readonly overtaken = new Set<string>()
  readonly #now: () => number
  readonly #flaws: LeaseFlaws

  constructor(now: () => number, partitions: number, flaws: LeaseFlaws = {}) {
    this.#now = now
    this.#flaws = flaws
    this.partitions = Array.from({ length: partitions }, () => ({ owner: null, epoch: 0, needs: [] }))
  }

  get now(): number {
    return this.#now()
  }

  epochOf(partition: number): number {
    return this.partitions[partition]?.epoch ?? -1
  }

  /** The fence: whether a write under this lease matches. */
  owns({ partition, epoch }: Lease): boolean {
    return this.epochOf(partition) === epoch
  }

  isAlive(memberId: string | null): boolean {
    const row = memberId === null ? undefined : this.members.get(memberId)
    return row !== undefined && row.expiresAt > this.now
  }

  join(member: Member, leaseMs: number, takeOverName: boolean): JoinOutcome {
    for (const [id, { member: other, expiresAt }] of this.members) {
      if (other.name !== member.name || id === member.id) continue
      if (this.isAlive(id) && !takeOverName) return { kind: 'name_taken', expiresAt }
      if (this.isAlive(id)) this.overtaken.add(id)
      this.members.delete(id)
    }
    this.members.set(member.id, { member, expiresAt: this.now + leaseMs })
    return { kind: 'joined' }
  }

  beat(member: Member, leaseMs: number): Beat | undefined {
    const row = this.members.get(member.id)
    if (row === undefined || !this.isAlive(member.id)) return undefined
    row.expiresAt = this.now + leaseMs
    const free = this.partitions.filter(({ owner }) => !this.isAlive(owner))
    const mine = free.filter(({ needs }) => this.#suits(needs, member))
    return {
      now: Math.floor(this.now),
      owned: this.#ownedBy(member).map(([partition, { epoch, needs }]) => ({
        partition,
        epoch,
        needs,
      })),
      members: [...this.members.values()]
        .filter(({ member }) => this.isAlive(member.id))
        .map(({ member: { id, machines } }) => ({ id, machines })),
      partitions: this.partitions.length,
      free: {
        unpinned: mine.filter((row) => !this.#isPinned(row)).length,
        pinned: mine.filter((row) => this.#isPinned(row)).length,
      },
    }
  }

  acquire(member: Member, count: number): void {
    if (!this.isAlive(member.id)) return
    for (const id of this.members.keys()) if (!this.isAlive(id)) this.members.delete(id)
    const isFree = ({ owner }: PartitionRow) =>
      !this.isAlive(owner) || (this.#flaws.grabby === true && owner !== member.id)
    const free = this.partitions.filter((row) => isFree(row) && this.#suits(row.needs, member))
    const needy = free.filter(({ needs }) => needs.length > 0)
    for (const row of [...needy, ...free.filter((row) => !needy.includes(row))].slice(0, count)) {
      row.owner = member.id
      if (this.#flaws.sameEpoch !== true || row.epoch === 0) row.epoch += 1
    }
  }

  release(member: Member, partitions: readonly number[], needs: readonly string[] = []): void {
    for (const [partition, row] of this.#ownedBy(member)) {
      if (!partitions.includes(partition)) continue
      row.owner = null
      row.needs = [...new Set([...row.needs, ...needs])]
    }
  }

  unpin(member: Member, isNeeded: (partition: number, machines: readonly string[]) => boolean): void {
    for (const [partition, row] of this.#ownedBy(member)) {
      if (row.needs.length > 0 && !isNeeded(partition, row.needs)) row.needs = []
    }
  }

  leave(member: Member): void {
    for (const [, row] of this.#ownedBy(member)) row.owner = null
    this.members.delete(member.id)
  }

  #ownedBy(member: Member): [number, PartitionRow][] {
    return [...this.partitions.entries()].filter(([, { owner }]) => owner === member.id)
  }

  /** It has what the sagas need, or nobody alive has. */
  #suits(needs: readonly string[], member: Member): boolean {
    return has(member, needs) || !this.#somebodyHas(needs)
  }

  #isPinned({ needs }: PartitionRow): boolean {
    return needs.length > 0 && this.#somebodyHas(needs)
  }

  #somebodyHas(needs: readonly string[]): boolean {
    return [...this.members.values()].some(({ member }) => this.isAlive(member.id) && has(member, needs))
  }
}

const has = ({ machines }: Member, needs: readonly string[]) => needs.every((need) => machines.includes(need))
