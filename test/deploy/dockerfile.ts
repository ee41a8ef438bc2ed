// The Dockerfile without Docker: its steps, by the same commands, in folders that stand for the file systems of its stages.
// What a base image holds is not there; what a step takes from this folder is what .dockerignore lets in.
import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, matchesGlob, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const root = fileURLToPath(new URL('../../', import.meta.url))

interface Instruction {
  readonly word: string
  readonly rest: string
}

export interface Stage {
  /** Stands for /. */
  readonly folder: string
  workdir: string
  user: string
  readonly env: Record<string, string>
  command: readonly string[]
  /** With its options before it. */
  healthcheck: string
}

export async function instructions(): Promise<Instruction[]> {
  const text = await readFile(join(root, 'Dockerfile'), 'utf8')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [word = '', ...rest] = line.split(' ')
    return { word, rest: rest.join(' ') }
  })
}

/** Does all steps under `folder`; resolves with the last stage. */
export async function build(folder: string): Promise<Stage> {
  const stages = new Map<string, Stage>()
  const isIgnored = await ignored()
  let stage: Stage | undefined
  for (const instruction of await instructions()) {
    if (instruction.word === 'FROM') {
      const [from = '', , name = 'last'] = instruction.rest.split(' ')
      stage = await begin(join(folder, name), stages.get(from))
      stages.set(name, stage)
    } else if (stage === undefined) throw new Error('the Dockerfile does not begin with FROM')
    else await step(stage, instruction, { stages, isIgnored })
  }
  if (stage === undefined) throw new Error('the Dockerfile is empty')
  return stage
}

async function begin(folder: string, from: Stage | undefined): Promise<Stage> {
  await mkdir(folder, { recursive: true })
  if (from === undefined) return { folder, workdir: '/', user: 'root', env: {}, command: [], healthcheck: '' }
  await cp(from.folder, folder, { recursive: true })
  return { ...from, folder, env: { ...from.env } }
}

interface Surroundings {
  readonly stages: ReadonlyMap<string, Stage>
  readonly isIgnored: (path: string) => boolean
}

async function step(stage: Stage, { word, rest }: Instruction, surroundings: Surroundings): Promise<void> {
  switch (word) {
    case 'WORKDIR':
      stage.workdir = rest
      await mkdir(join(stage.folder, rest), { recursive: true })
      return
    case 'ENV': {
      const [name = '', value = ''] = rest.split('=')
      stage.env[name] = value
      return
    }
    case 'USER':
      stage.user = rest
      return
    case 'CMD':
      stage.command = JSON.parse(rest) as string[]
      return
    case 'HEALTHCHECK':
      stage.healthcheck = rest
      return
    case 'EXPOSE':
      return
    case 'RUN':
      return shell(stage, rest)
    case 'COPY':
      return copy(stage, rest.split(' '), surroundings)
    default:
      throw new Error(`${word} is not known here: tell test/deploy/dockerfile.ts what it does`)
  }
}

/** Absolute paths are those of the stage. Its users are not here, so whose a file becomes is left out. */
async function shell({ folder, workdir }: Stage, command: string): Promise<void> {
  const placed = command.replaceAll(/(?<=\s)\/(?=\w)/g, `${folder}/`)
  const { NODE_OPTIONS: _hooks, ...env } = process.env
  // Whoever runs the tests has just installed the same packages.
  const surroundings = { ...env, npm_config_prefer_offline: 'true' }
  await run('sh', ['-ec', `chown() { :; }; ${placed}`], { cwd: join(folder, workdir), env: surroundings })
}

const isOption = (word: string) => word.startsWith('--')

async function copy(
  stage: Stage,
  words: readonly string[],
  { stages, isIgnored }: Surroundings,
): Promise<void> {
  const from = words.find(isOption)?.replace('--from=', '')
  const paths = words.filter((word) => !isOption(word))
  const target = posix.resolve(stage.workdir, paths.at(-1) ?? '')
  const source = from === undefined ? root : stages.get(from)?.folder
  if (source === undefined) throw new Error(`COPY from ${from}, which is no stage before`)
  for (const path of paths.slice(0, -1)) {
    if (from === undefined && isIgnored(path)) throw new Error(`COPY ${path}: .dockerignore leaves it out`)
    const isInto = paths.length > 2 || (paths.at(-1) ?? '').endsWith('/')
    const to = join(stage.folder, target, isInto ? basename(path) : '')
    await mkdir(dirname(to), { recursive: true })
    // Of nine thousand files: Node's own copy takes ten times as long.
    if (from !== undefined) await run('cp', ['-RP', join(source, path), to])
    else
      await cp(join(source, path), to, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (file) => !isIgnored(file.slice(root.length)),
      })
  }
}

/** As Docker reads it: the last pattern counts that matches the path or a folder above it. */
async function ignored(): Promise<(path: string) => boolean> {
  const text = await readFile(join(root, '.dockerignore'), 'utf8')
  const patterns = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return (path) => {
    const parts = path.split('/').filter(Boolean)
    const paths = parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
    const matches = (pattern: string) => paths.some((whole) => matchesGlob(whole, pattern.replace(/^!/, '')))
    return patterns.findLast(matches)?.startsWith('!') === false
  }
}

/** All files of a folder, from there. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
}
