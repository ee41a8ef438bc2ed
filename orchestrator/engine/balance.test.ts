import t from 'tap'
import { balanceOf } from './balance.ts'
import type { Beat } from './ports.ts'

const PARTITIONS = 64

interface Situation {
  readonly members: number
  /** Where this one stands among them, in the order of their ids. */
  readonly rank?: number
  readonly owned: number
  readonly pinned?: number
  readonly free?: Partial<Beat['free']>
}

const idOf = (rank: number) => String(rank).padStart(3, '0')

function balance({ members, rank = 0, owned, pinned = 0, free = {} }: Situation) {
  return balanceOf(idOf(rank), {
    now: 0,
    owned: Array.from({ length: owned + pinned }, (_, partition) => ({
      partition,
      epoch: 1,
      needs: partition >= owned ? ['commande@1'] : [],
    })),
    members: Array.from({ length: members }, (_, other) => ({ id: idOf(members - 1 - other), machines: [] })),
    partitions: PARTITIONS,
    free: { unpinned: 0, pinned: 0, ...free },
  })
}

t.test('one alone takes all', async (t) => {
  t.match(balance({ members: 1, owned: 0, free: { unpinned: 64 } }), { acquire: 64, surplus: [] })
})

t.test('whoever has more than the share of all hands over what is above it', async (t) => {
  const { surplus, acquire } = balance({ members: 3, owned: 64 })
  t.equal(surplus.length, 64 - 22)
  t.equal(acquire, 0)
})

t.test('nobody takes more than the share of all, however much is free', async (t) => {
  t.match(balance({ members: 3, owned: 20, free: { unpinned: 44 } }), { acquire: 2 })
  t.match(balance({ members: 3, owned: 22, free: { unpinned: 42 } }), { acquire: 0, surplus: [] })
})

t.test(
  'the shares of any number of members together are all the partitions, and nobody hands over',
  async (t) => {
    for (let members = 1; members <= 100; members++) {
      let taken = 0
      for (let rank = 0; rank < members; rank++) {
        const share = balance({ members, rank, owned: 0, free: { unpinned: PARTITIONS } }).acquire
        t.match(balance({ members, rank, owned: share }), { acquire: 0, surplus: [], isHungry: false })
        taken += share
      }
      t.equal(taken, PARTITIONS, `${members} members`)
    }
  },
)

t.test('pinned partitions come on top, and are neither counted nor handed over', async (t) => {
  t.match(balance({ members: 2, owned: 32, free: { pinned: 5 } }), { acquire: 5, surplus: [] })
  t.match(balance({ members: 2, owned: 32, pinned: 20 }), { acquire: 0, surplus: [] })
})

t.test('whoever has less than its share looks more often', async (t) => {
  t.equal(balance({ members: 2, owned: 31 }).isHungry, true)
  t.equal(balance({ members: 2, owned: 32 }).isHungry, false)
  t.equal(balance({ members: 3, rank: 0, owned: 21 }).isHungry, true)
  t.equal(balance({ members: 3, rank: 1, owned: 21 }).isHungry, false)
  t.equal(
    balance({ members: 100, rank: 99, owned: 0 }).isHungry,
    false,
    'with more members than partitions, not all get one',
  )
})
