/** Faults of Skald that no method could be replaced for: other words in its source, for a thread that has not read it yet. */
import { registerHooks } from 'node:module'

export interface SourceMutation {
  /** Below the folder of the engine. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** By what is wrong, in words. */
export const sourceMutations: ReadonlyMap<string, SourceMutation> = new Map<string, SourceMutation>([
  [
    'a verb is enacted without being tried out',
    {
      file: 'durable.ts',
      from: '!allows({ machine, timers }, snapshot, event)',
      to: '!allows',
    },
  ],
  [
    'the calls of an abandoned saga go on',
    { file: 'verbs/enact.ts', from: 'scope.stopChild(child)', to: 'void [scope, child]' },
  ],
  [
    'an abandoned saga is stored with what was open',
    { file: 'verbs/abandon.ts', from: 'children: {},', to: '' },
  ],
  [
    'a saga that was moved goes on in its old version too',
    {
      file: 'host.ts',
      from: 'this.#actor.stop()\n    this.#held = []\n    this.#standing.moved',
      to: 'this.#standing.moved',
    },
  ],
  [
    'a saga that was moved is not brought back',
    { file: 'engine.ts', from: "exit === 'migrated'", to: 'exit === null' },
  ],
  [
    'a verb is not answered by the commit that it led to',
    {
      file: 'host.ts',
      from: 'this.#consumed.push(',
      to: 'if (!isOperatorEvent(event)) this.#consumed.push(',
    },
  ],
  [
    'a verb is about whichever step is open',
    {
      file: 'verbs/enact.ts',
      from: 'declaration.step === step)',
      to: 'declaration.step === step) ?? steps[0]',
    },
  ],
])

/** From here on this thread reads the source with the fault in it. */
export function mutate({ file, from, to }: SourceMutation): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.endsWith(`/orchestrator/engine/${file}`)) return loaded
      const source = Buffer.from(loaded.source as Uint8Array).toString()
      if (!source.includes(from)) throw new Error(`${file} does not say ${from}`)
      return { ...loaded, source: source.replace(from, () => to) }
    },
  })
}
