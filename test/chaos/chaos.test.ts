// Half a minute of chaos, and as much more as each fault needs to strike once; from another seed each time, which is told, for
// `npm run chaos -- --seed`.
import { randomInt } from 'node:crypto'
import t from 'tap'
import { linesOf } from './report.ts'
import { runChaos } from './run.ts'
import { secretsIn, toldInLogs } from './secrets.ts'

t.setTimeout(600_000)

t.test(
  'whatever befalls them, three orchestrators carry every order to its end, once, and tell no secret',
  async (t) => {
    const seed = randomInt(2 ** 32)
    t.comment(`seed ${seed}`)
    const logs = t.testdir({})
    const log = (line: string) => t.comment(line)
    const report = await runChaos(t, { minutes: 0.5, seed, orchestrators: 3, logs, log })
    for (const line of linesOf(report)) t.comment(line)
    t.strictSame(report.complaints, [])
    for (const [fault, times] of Object.entries(report.struck)) t.ok(times > 0, `struck: ${fault}`)
    t.ok(report.audited.sagas.done > 0, 'orders were done')
    t.ok(report.audited.sagas.failed > 0, 'orders failed')
  },
)

t.test('a secret that is told is found', async (t) => {
  const secrets = { token: 'skald_abc', service: 'xyz' }
  const logs = t.testdir({ 'a.log': 'Bearer skald_abc', 'b.log': 'all is well' })
  t.strictSame(await toldInLogs(logs, secrets), ['a.log tells the secret token'])
  t.strictSame(secretsIn('skald_calls_total{by="xyz"} 1', secrets), ['service'])
})
