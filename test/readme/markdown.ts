// Markdown as the README has it: what stands in it, and tables to put into it.

export interface Fence {
  language: string
  text: string
}

type Row = readonly string[]

export function fencesIn(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\w*).*\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }))
}

/** What a reader pastes into a terminal, in order; a line that ends in a backslash goes on in the next one. */
export function commandsIn(markdown: string): string[] {
  const shells = fencesIn(markdown).filter(({ language }) =>
    ['sh', 'bash', 'shell', 'console'].includes(language),
  )
  return shells
    .flatMap(({ text }) => text.split(/(?<!\\)\n/))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** Targets of links that lead to files of the project. */
export function fileLinksIn(markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^)#\s]+)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^\w+:/.test(target))
}

export function markdownTable(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
