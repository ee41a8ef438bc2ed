// `npm run chaos`: exits with 1 if anything is wrong. Ctrl-C ends all that was started.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { linesOf } from './report.ts'
import { runChaos } from './run.ts'
import { OwnScope } from './scope.ts'

const HELP = `Kills, freezes and cuts off real processes under load, then demands a clean audit and true answers.
Options: --minutes M (2), --seed S (a random one), --orchestrators N (3), --json,
  --logs FOLDER (for the output of the processes)`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    orchestrators: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    logs: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit()
}
const [minutes, seed, orchestrators] = [values.minutes, values.seed, values.orchestrators].map(Number)
if (!minutes || minutes < 0 || seed === undefined || !Number.isSafeInteger(seed) || !orchestrators)
  throw new RangeError('--minutes, --seed and --orchestrators are numbers')
const logs = values.logs ?? join(tmpdir(), `skald-chaos-${seed}`)

const log = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)
const scope = new OwnScope()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void scope.end().then(() => process.exit(130)))

console.error(
  `seed ${seed}, ${orchestrators} orchestrators, ${minutes} minutes; output of the processes in ${logs}`,
)
try {
  const report = await runChaos(scope, { minutes, seed, orchestrators, logs, log })
  console.log(values.json ? JSON.stringify({ seed, ...report }, null, 2) : linesOf(report).join('\n'))
  process.exitCode = report.complaints.length === 0 ? 0 : 1
} finally {
  await scope.end()
}
