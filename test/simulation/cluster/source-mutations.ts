/** Faults of Skald that no method could be replaced for: other words in its source, for a thread that has not read it yet. */
import { registerHooks } from 'node:module'

interface Edit {
  readonly from: string
  readonly to: string
}

export interface SourceMutation extends Edit {
  /** Below the folder of the engine. */
  readonly file: string
  readonly and?: Edit
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
      and: { from: "return this.drop('migrated')", to: "return this.#exit.resolve('migrated')" },
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
export function mutate({ file, from, to, and }: SourceMutation): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.endsWith(`/orchestrator/engine/${file}`)) return loaded
      let source = Buffer.from(loaded.source as Uint8Array).toString()
      for (const edit of [{ from, to }, ...(and === undefined ? [] : [and])]) {
        if (!source.includes(edit.from)) throw new Error(`${file} does not say ${edit.from}`)
        source = source.replace(edit.from, () => edit.to)
      }
      return { ...loaded, source }
    },
  })
}
