// What a scrape says, sample by sample.

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Of plain text or of OpenMetrics, without comments and exemplars. */
export function samplesIn(scrape: string): Sample[] {
  return scrape
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*?)\})? (\S+)(?: # .*)?$/.exec(line) ?? []
      const pairs = labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)
      return {
        name,
        labels: Object.fromEntries([...pairs].map(([, label = '', text = '']) => [label, text])),
        value: Number(value.replace('Inf', 'Infinity')),
      }
    })
}

/** The sum of those with these labels; undefined if there is none. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
}
