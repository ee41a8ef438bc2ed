import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { readOrchestratorConfig } from '../../config.ts'
import { openHome } from './home.ts'
import {
  formerOrchestratorsEnded,
  isOrchestrator,
  orchestratorId,
  orchestratorNames,
} from './orchestrators.ts'

async function freshHome(t: Test, name = 'home') {
  const folder = await mkdtemp(join(tmpdir(), 'skald-orchestrators-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, name))
  return openHome(join(folder, name))
}

t.test('one alone needs no number', (t) => {
  t.strictSame(orchestratorNames(1), ['orchestrator'])
  t.strictSame(orchestratorNames(2), ['orchestrator-1', 'orchestrator-2'])
  t.ok([...orchestratorNames(1), ...orchestratorNames(16)].every(isOrchestrator))
  t.notOk(['gateway', 'orchestrator-', 'my-orchestrator'].some(isOrchestrator))
  t.end()
})

t.test('an orchestrator has the same id in every life, and no other one has it', async (t) => {
  const home = await freshHome(t, 'h'.repeat(200))
  const id = orchestratorId(home, 1)
  t.equal(orchestratorId(await openHome(home.path), 1), id)
  t.not(orchestratorId(home, 2), id)
  t.not(orchestratorId(await freshHome(t), 1), id)
  const url = 'http://localhost'
  const env = { DATABASE_URL: 'postgres://localhost/', CARTS_URL: url, STOCKS_URL: url, PRODUITS_URL: url }
  t.equal(readOrchestratorConfig(env, { ORCHESTRATOR_ID: id }).ORCHESTRATOR_ID, id, 'it can be used')
})

t.test(
  'pid files of orchestrators that are gone, or that name another process, hold up nobody',
  async (t) => {
    const home = await freshHome(t)
    await writeFile(home.pidFile('orchestrator-1'), '999999999\n')
    await writeFile(home.pidFile('orchestrator-2'), '')
    if (process.platform === 'linux') await writeFile(home.pidFile('orchestrator'), `${process.pid}\n`)
    const said: string[] = []
    await formerOrchestratorsEnded(home, { graceMs: 0, log: (line) => said.push(line) })
    t.strictSame(said, [])
  },
)
