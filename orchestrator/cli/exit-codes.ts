/** What the exit code of every command says. `skald --help` and the README list them from here. */
export const EXIT = { ok: 0, wrong: 1, trouble: 2, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'all is well, or what was asked for was done'],
  [EXIT.wrong, 'what was asked about is wrong, has failed or was refused'],
  [EXIT.trouble, 'trouble: bad usage, no answer, or nothing that could be told'],
  [EXIT.interrupted, 'ended by Ctrl-C'],
]
