// Postgres under everybody: connections cut, restarts gentle and hard, and a time in which it only reads.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Scene } from './scene.ts'
import type { System } from './system.ts'

const terminated: Fault = {
  name: 'connections to Postgres terminated',
  async strike({ system, dice }) {
    const rows = await system.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where application_name like 'skald %' and datname = current_database() order by pid`,
    )
    const doomed = rows.map(({ pid }) => pid).filter(() => dice.chance(0.6))
    const [row] = await system.query<{ ended: number }>(
      'select count(*) filter (where pg_terminate_backend(pid))::integer as ended from unnest($1::integer[]) pid',
      [doomed],
    )
    return row?.ended ?? 0
  },
}

async function away({ system, dice }: Scene, take: (system: System) => Promise<void>): Promise<number> {
  await system.inDatabaseTrouble(async () => {
    await take(system)
    await sleep(dice.skewed(100, 3_000))
    await system.postgres.comeBack()
  })
  return 1
}

const stopped: Fault = {
  name: 'Postgres stopped and started',
  strike: (scene) => away(scene, ({ postgres }) => postgres.stop()),
}

const killed: Fault = {
  name: 'Postgres killed and started',
  strike: (scene) => away(scene, ({ postgres }) => postgres.kill()),
}

/** As a failover does, or an operator. */
const readOnly: Fault = {
  name: 'Postgres only reads for a while',
  async strike({ system, dice }) {
    const set = async (value: string) => {
      await system.query(`alter system set default_transaction_read_only = ${value}`)
      await system.query('select pg_reload_conf()')
    }
    await system.inDatabaseTrouble(async () => {
      await set('on')
      await sleep(dice.skewed(300, 3_000))
      await set('off')
    })
    return 1
  },
}

export const databaseFaults: readonly Fault[] = [terminated, stopped, killed, readOnly]
