// The end of each help: what people type, with what it does.

const WIDTH = 80

/** For `addHelpText('after', …)`. Side by side where there is room for it in any terminal. */
export function examples(lines: Readonly<Record<string, string>>): string {
  const entries = Object.entries(lines)
  const width = Math.max(...entries.map(([command]) => command.length))
  const isNarrow = entries.every(([, does]) => width + does.length + 4 <= WIDTH)
  const told = entries.flatMap(([command, does]) => {
    if (isNarrow) return [`  ${command.padEnd(width)}  ${does}`.trimEnd()]
    return does === '' ? [`  ${command}`] : [`  ${command}`, `      ${does}`]
  })
  return ['', 'Examples:', ...told].join('\n')
}
