// Records the journals that must be told again for ever, by real runs of the real system:
//
//     node test/journals/record.ts VERSION [NAME...]
//
// and then formats them. A journal that is kept already is never recorded anew: it stands for sagas that were.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machines } from '../../machines/registry.ts'
import type { SagaFile } from '../../orchestrator/saga-file/saga-file.ts'
import { startCluster, stopCluster } from '../kit/cluster.ts'
import { http } from '../kit/http.ts'
import { startSystem, type System } from '../kit/system.ts'
import { until } from '../kit/until.ts'
import { PlannedSteps } from './planned-steps.ts'
import { tales, type Tale } from './tales.ts'

const [version = '', ...names] = process.argv.slice(2)
const folder = join(import.meta.dirname, `../../machines/commande/v${version}/journals`)

const fileOf = (tale: Tale) => join(folder, `${tale.name}.json`)

const wanted = tales
  .filter((tale) => tale.versions === undefined || tale.versions.includes(version))
  .filter(({ name }) => names.length === 0 || names.includes(name))
  .filter((tale) => !existsSync(fileOf(tale)))

/** The version is the newest, but its sagas may go on to later ones. */
const inOrder = [
  ...machines.filter(({ machine }) => machine.version !== version),
  ...machines.filter(({ machine }) => machine.version === version),
]
const migrate = machines.find((machine) => machine.migrate !== undefined)?.migrate
const registered = inOrder.map((machine) => ({ ...machine, ...(migrate && { migrate }) }))

async function recordAll(system: System, steps: PlannedSteps): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await system.shop.setStock(1_000)
  for (const tale of wanted) {
    steps.plan(tale.conduct ?? {})
    const file = await record(system, tale)
    writeFileSync(fileOf(tale), JSON.stringify(file))
    console.log(`${tale.name}: ${file.saga.status}, ${file.transitions.length} transitions`)
  }
  execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', folder])
}

async function record({ shop, orchestrator }: System, { deeds = [] }: Tale): Promise<SagaFile> {
  const { body } = await shop.order(await shop.cart(2), { prefer: 'respond-async' })
  const saga = `${orchestrator.url}/api/sagas/${body.saga_id}`
  for (const { when, verb, ...members } of deeds) {
    await until(when, async () => {
      const { state, status } = await shop.saga(body.saga_id)
      return state === when || status === when
    })
    const json = { actor: 'alice', reason: 'as the tale has it', ...members }
    const answer = await http.post(`${saga}/${verb}`, { json })
    if (answer.statusCode >= 300) throw new Error(`${verb}: ${JSON.stringify(answer.body)}`)
  }
  await until('its end', async () => /^(DONE|FAILED)$/.test((await shop.saga(body.saga_id)).state))
  return (await http.get<SagaFile>(`${saga}/export`)).body
}

const endings: (() => unknown)[] = []
await startCluster()
try {
  const steps = new PlannedSteps()
  const system = await startSystem(
    { teardown: (end) => void endings.push(end as () => unknown) },
    { GRACE_MS: '0' },
    { machines: registered, steps: (real) => steps.around(real) },
  )
  await recordAll(system, steps)
} finally {
  for (const end of endings.toReversed()) await end()
  await stopCluster()
}
