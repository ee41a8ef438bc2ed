// The end of each help: what people type, with what it does.

/** For `addHelpText('after', …)`. */
export function examples(lines: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(lines).map((command) => command.length))
  const told = Object.entries(lines).map(([command, does]) => `  ${command.padEnd(width)}  ${does}`.trimEnd())
  return ['', 'Examples:', ...told].join('\n')
}
