import { availableParallelism } from 'node:os'
import t from 'tap'
import { runCluster } from './cluster.ts'
import { runSeeds } from './run-seeds.ts'

const SEEDS = 2_000
/** What must have befallen the clusters, so often at least, for their promises to mean something. */
const OFTEN = 250
/** Fewer: a person has to come at the right moment. */
const SOMETIMES = 7
const VERBS = ['retry', 'skip', 'complete', 'compensate', 'cancel', 'abandon', 'migrate']
const BLOWS = [
  'crash',
  'doom',
  'freeze',
  'usurp',
  'cut',
  'database away',
  'clock set',
  'restart',
  'namesake',
  'join',
  'leave',
  'refuses',
  'unreachable',
  'does it, answer lost',
  'nothing done, answer lost',
  'does it in silence',
  'ended done',
  'ended failed',
]

// Half a minute on an idle core; others may need it too.
t.setTimeout(900_000)

async function storyOf(seed: number): Promise<string> {
  const lines: string[] = []
  await runCluster(seed, {}, (line) => lines.push(line))
  return lines.join('\n')
}

t.test('the same seed tells the same story, to the last step', async (t) => {
  for (let seed = 1; seed <= 5; seed++) {
    const story = await storyOf(seed)
    t.ok(story.length > 10_000)
    t.ok((await storyOf(seed)) === story, `seed ${seed}`)
  }
})

t.test(`${SEEDS} storms break no promise`, async (t) => {
  const { broken, struck, seeds } = await runSeeds({
    from: 1,
    count: SEEDS,
    workers: availableParallelism(),
    brokenMax: 10,
  })
  t.same(
    broken.map(({ seed, complaints }) => ({ complaints, again: `npm run simulate -- --seed ${seed} --log` })),
    [],
  )
  t.equal(seeds, SEEDS)
  for (const verb of VERBS) {
    for (const outcome of ['applied', 'ignored']) {
      const times = struck.get(`skald.${verb} ${outcome}`) ?? 0
      t.ok(times > SOMETIMES, `${verb} ${outcome}: ${times} times`)
    }
  }
  for (const blow of BLOWS) t.ok((struck.get(blow) ?? 0) > OFTEN, `${blow}: ${struck.get(blow)} times`)
})
