// The README is true: its commands work in a fresh checkout, its samples compile, its links lead somewhere, its tables
// are what the code says.
import { existsSync } from 'node:fs'
import { chmod, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import getPort from 'get-port'
import got from 'got'
import t from 'tap'
import type { Test } from 'tap'
import { surroundings } from './crash/node-process.ts'
import { listProcesses, until } from './kit/skald-command.ts'
import { commandsIn, fencesIn, fileLinksIn } from './readme/markdown.ts'
import { isDefault } from './readme/metrics-table.ts'
import { plainEnvironment, Terminal } from './readme/terminal.ts'

const root = join(import.meta.dirname, '..')
const readme = await readFile(join(root, 'README.md'), 'utf8')
const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  await readFile(join(root, 'package.json'), 'utf8'),
)
const ci = (await readFile(join(root, '.ci/run'), 'utf8')).split('\n')

interface Exception {
  because: string
  /** What is run in its place. */
  run?: string
  /** The lines of .ci/run that do the same. */
  ci?: string[]
}

/** Every command of the README is run as it stands but these. */
const exceptions: Record<string, Exception> = {
  'npm ci': {
    because: 'what it installs is there already: this test runs on it',
    run: `ln -s ${join(root, 'node_modules')} node_modules`,
    ci: ['npm ci'],
  },
  'npx skald demo': {
    because: 'test/demo.test.ts plays all of it',
    run: 'npx skald demo 1 2 3 4 5',
  },
  'npx skald retry $SAGA --reason "stocks is back"': {
    because: 'that saga is done; test/verbs plays each verb in each state',
    run: 'npx skald retry --help',
  },
  'npm test': {
    because: 'this test is part of it',
    ci: ['npm test'],
  },
  'npm run check': {
    because: 'this test is part of it',
    ci: scripts['check']?.split(' && ') ?? [],
  },
  'npm run bench -- --quick': {
    because: 'it loads the machine for 40 s, and would spoil what others measure',
    run: 'npm run bench -- --help',
  },
  'npm run screenshots': {
    because: 'test/inspector/accessible.test.ts opens the same views, and looks at them closer',
    run: 'npm run screenshots -- --help',
  },
  'npm run simulate -- --seeds 100000': {
    because: 'it takes ten minutes; test/simulation/cluster/cluster.test.ts runs some thousand',
    run: 'npm run simulate -- --seeds 100',
  },
  'npm run chaos -- --minutes 10': {
    because: 'test/chaos/chaos.test.ts runs half a minute of it',
    run: 'npm run chaos -- --help',
  },
  'npm run fuzz -- --runs 1000 --seed 7': {
    because: 'it takes minutes; test/fuzz/fuzz.test.ts asks some thousand times',
    run: 'npm run fuzz -- --help',
  },
  'docker compose up --build --detach --wait': {
    because: 'there is no Docker here; test/deploy runs each service of it as it would',
    run: 'test -f compose.yaml',
  },
  'docker compose run --rm secrets token create $USER --role start --role read --role operate': {
    because: 'there is no Docker here; test/deploy/secrets.test.ts runs the same program',
    run: 'ACCESS_TOKENS_FILE=made/orchestrator/tokens.json npx node deploy/secrets/main.ts made token create me --role read',
  },
}
/** Commands that stay, and have a terminal of their own. */
const stays = new Set(['npm start'])

async function freshCheckout(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-readme-'))
  // As root Postgres runs under an account that must get through here.
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const checkout = join(folder, 'skald')
  const left = new Set(['.git', '.skald', '.tap', 'node_modules'])
  await cp(root, checkout, { recursive: true, filter: (file) => !left.has(basename(file)) })
  return checkout
}

t.test('every command works in a fresh checkout', async (t) => {
  const commands = commandsIn(readme)
  for (const command of [...Object.keys(exceptions), ...stays])
    t.ok(commands.includes(command), `"${command}" is in the README, so it may be an exception`)

  const cwd = await freshCheckout(t)
  const home = join(cwd, '.skald')
  const port = String(await getPort({ host: 'localhost' }))
  const { NODE_COMPILE_CACHE } = surroundings({})
  const openTerminal = () =>
    new Terminal(t, {
      cwd,
      env: {
        ...plainEnvironment(),
        PORT: port,
        SKALD_URL: `http://localhost:${port}`,
        // Only quicker.
        ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
      },
    })
  const terminal = openTerminal()
  for (const command of commands)
    await t.test(command, async (t) => {
      const { ci: lines = [], run = lines.length > 0 ? undefined : command } = exceptions[command] ?? {}
      for (const line of lines) t.ok(ci.includes(line), `.ci/run has a line "${line}"`)
      if (run === undefined) return
      if (stays.has(command)) {
        const ownTerminal = openTerminal()
        ownTerminal.begin(run)
        await until(`${command} is ready`, async () => {
          if (ownTerminal.hasEnded) throw new Error(ownTerminal.output)
          return (await listProcesses(home)).get('gateway')?.state === 'ready'
        })
        return
      }
      const { code, output } = await terminal.run(run.replaceAll('localhost:8000', `localhost:${port}`))
      t.equal(code, 0, output)
    })

  await t.test('every metric of a running process is in the README', async (t) => {
    const missing: string[] = []
    for (const { name, url } of (await listProcesses(home)).values()) {
      if (!url) continue
      const metrics = (await got(`${url}/metrics`).text()).matchAll(/^# TYPE (\w+)/gm)
      for (const [, metric = ''] of metrics)
        if (!isDefault(metric) && !readme.includes(`\`${metric}\``)) missing.push(`${metric} of ${name}`)
    }
    t.strictSame(missing, [])
  })
})

t.test('every sample of TypeScript compiles', async (t) => {
  const checkout = await freshCheckout(t)
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'))
  const samples = fencesIn(readme).filter(({ language }) => ['ts', 'typescript'].includes(language))
  t.ok(samples.length > 0, 'there are samples')
  for (const [index, { text }] of samples.entries())
    await writeFile(join(checkout, `readme-${index + 1}.ts`), text)
  const project = { extends: './tsconfig.json', include: ['readme-*.ts'] }
  await writeFile(join(checkout, 'tsconfig.readme.json'), JSON.stringify(project))
  const terminal = new Terminal(t, { cwd: checkout, env: plainEnvironment() })
  t.strictSame(await terminal.run('npx tsc -p tsconfig.readme.json'), { code: 0, output: '' })
})

t.test('every link to a file leads to one', async (t) => {
  for (const target of fileLinksIn(readme)) t.ok(existsSync(join(root, target)), target)
})

t.test('its tables are what "npm run docs" would write', async (t) => {
  const terminal = new Terminal(t, { cwd: root, env: plainEnvironment() })
  t.strictSame(await terminal.run('npm run --silent docs -- --check'), { code: 0, output: '' })
})
