// `npm run fuzz -- --runs 10000 --seed 7`: exits with 1 if an answer is not as it has to be. Ctrl-C ends all that was started.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { OwnScope } from '../chaos/scope.ts'
import { PostgresProcess } from '../crash/postgres-process.ts'
import { fuzz } from './run.ts'
import { openTarget } from './target.ts'

const HELP = `Asks every route at random, and demands of each answer that it is as it has to be.
Options: --runs N of each route (100), --seed S (a random one), --only PART of the name of a route,
  --open where nobody is asked who they are, and not where tokens are asked for`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    only: { type: 'string', default: '' },
    open: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit()
}
const [runs, seed] = [values.runs, values.seed].map(Number)
if (!runs || !Number.isSafeInteger(runs) || seed === undefined || !Number.isSafeInteger(seed))
  throw new RangeError('--runs and --seed are whole numbers')

const scope = new OwnScope()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void scope.end().then(() => process.exit(130)))

try {
  const postgres = await PostgresProcess.start(scope)
  const target = await openTarget(scope, postgres.url, !values.open)
  const { only } = values
  const { statuses, broken } = await fuzz(target, {
    seed,
    runs,
    only,
    onRoute: (name) => console.error(name),
  })
  await target.order()
  for (const fault of broken) console.log(fault)
  const answers = [...statuses].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status} ${times}`)
  console.log(`seed ${seed}: ${answers.join(', ')}; ${broken.length} routes at fault`)
  process.exitCode = broken.length === 0 ? 0 : 1
} finally {
  await scope.end()
}
