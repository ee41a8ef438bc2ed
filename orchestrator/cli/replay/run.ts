// `skald replay`: tells one saga again. It calls nobody, writes nothing, and opens no database.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Retold } from '../../engine/replay/replay.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Globals } from '../globals.ts'
import { isForOperators, OperatorError } from '../operator-error.ts'
import { jsonOf } from '../terminal/plain.ts'
import { note, print, widthOf } from '../terminal/screen.ts'
import { loadAgainst } from './against.ts'
import { effectLines, headLines, screenOf, transitionLine, verdictLines } from './lines.ts'
import { oneSagaOf, sourceOf } from './source.ts'
import { Listener, tell, type Told, type Verdict } from './told.ts'

/** As commander has them. */
export interface ReplayCommandOptions {
  readonly saga?: string
  readonly against?: string
  readonly step?: boolean
  readonly at?: number
  readonly speed?: number
}

export async function replayAndPrint(
  globals: Globals,
  what: string,
  options: ReplayCommandOptions,
): Promise<ExitCode> {
  try {
    refuseContradictions(globals, what, options)
    const file = await oneSagaOf(sourceOf(globals, what), options.saga)
    const against = options.against === undefined ? undefined : await loadAgainst(options.against)
    const told = tell(file, against?.(file.saga.machine))
    return exitCodeOf(await shown(globals, told, options))
  } catch (error) {
    // Whatever kept it from being told must not look like a difference.
    if (!isForOperators(error)) throw error
    note(error.message)
    return EXIT.trouble
  }
}

function refuseContradictions(
  { json }: Globals,
  what: string,
  { step, at, speed }: ReplayCommandOptions,
): void {
  const ways = [step && '--step', at !== undefined && '--at', speed !== undefined && '--speed'].filter(
    Boolean,
  )
  if (ways.length > 1) throw new OperatorError(`Only one of ${ways.join(' and ')} can be had at a time.`)
  if (step !== true) return
  if (json) throw new OperatorError('--step is for people, and --json for programs: leave one of them out.')
  if (!process.stdin.isTTY || !process.stdout.isTTY || what === '-')
    throw new OperatorError('--step needs a terminal to be walked in, with the saga from the API or a file.')
}

async function shown(globals: Globals, told: Told, options: ReplayCommandOptions): Promise<Verdict> {
  if (options.at !== undefined) return printAt(told, options.at, globals.json)
  if (globals.json && options.speed === undefined) return printJson(told)
  if (options.step === true) {
    const { walk } = await import('./walk.ts')
    const verdict = await walk(told)
    print(...headLines(told, widthOf()), ...verdictLines(told, verdict, widthOf()))
    return verdict
  }
  return printAll(told, options.speed, globals.json)
}

/** A line or more for each as it is told; with a speed, when it would have come. */
async function printAll(told: Told, speed: number | undefined, json: boolean): Promise<Verdict> {
  const listener = new Listener(told.file)
  const screen = screenOf(told, widthOf())
  if (!json) print(...headLines(told, screen.width))
  let before: number | undefined
  for (const retold of told.transitions) {
    if (speed !== undefined && before !== undefined) await sleep((retold.row.at - before) / speed)
    before = retold.row.at
    listener.hear(retold)
    if (json) print(jsonOf(jsonOfTransition(retold), 0))
    else print(...transitionLine(retold, screen), ...effectLines(retold, screen))
  }
  const { verdict } = listener
  if (json) print(jsonOf(jsonOfVerdict(told, verdict), 0))
  else print('', ...verdictLines(told, verdict, screen.width))
  return verdict
}

function printAt(told: Told, seq: number, json: boolean): Verdict {
  const listener = new Listener(told.file)
  for (const retold of told.transitions) {
    listener.hear(retold)
    if (retold.row.seq !== seq) continue
    const { snapshot, outcome } = retold
    print(jsonOf(json ? { ...jsonOfTransition(retold), snapshot } : snapshot))
    if (outcome === 'differs') note(...verdictLines(told, listener.verdict, widthOf(process.stderr)))
    return listener.verdict
  }
  const { difference } = listener.verdict
  throw new OperatorError(
    difference === null
      ? `There is no transition ${seq}: the last one is ${told.file.transitions.at(-1)?.seq ?? 'missing'}.`
      : `There is nothing to tell of transition ${seq}: the replay differs at ${difference.seq} already.`,
  )
}

function printJson(told: Told): Verdict {
  const listener = new Listener(told.file)
  const transitions = []
  for (const retold of told.transitions) {
    listener.hear(retold)
    transitions.push(jsonOfTransition(retold))
  }
  print(jsonOf({ ...jsonOfVerdict(told, listener.verdict), transitions }))
  return listener.verdict
}

function jsonOfTransition({ row, version, outcome, from, to, effects, changes }: Retold) {
  const { seq, actor, event, timer, at } = row
  return {
    seq,
    actor,
    at: new Date(at).toISOString(),
    event,
    timer,
    version,
    from,
    to,
    outcome,
    effects,
    context: changes,
  }
}

function jsonOfVerdict({ file, against, chart }: Told, { kind, difference, told, missing }: Verdict) {
  const { saga_id, machine, version, status } = file.saga
  return {
    saga_id,
    machine,
    version,
    status,
    against: against?.name ?? null,
    verdict: kind,
    told,
    difference,
    missing,
    redacted: file.redacted ?? [],
    chart,
  }
}

function exitCodeOf({ kind }: Verdict): ExitCode {
  switch (kind) {
    case 'identical':
      return EXIT.ok
    case 'differs':
      return EXIT.wrong
    case 'untold':
      return EXIT.trouble
  }
}
