// A real Prometheus on deploy/prometheus, as it is but for where things are: targets on this machine instead of those that
// Docker's DNS tells, no tokens, and no patience.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import getPort from 'get-port'
import type { Test } from 'tap'
import { parse, stringify } from 'yaml'
import { startChildServer } from '../kit/child-server.ts'
import { http } from '../kit/http.ts'
import { prometheusFolder } from './prometheus-files.ts'

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

interface Exemplar {
  readonly labels: Readonly<Record<string, string>>
}

export interface Prometheus {
  /** Rejects with what Prometheus says of the query. */
  query(expr: string): Promise<readonly Series[]>
  exemplars(expr: string): Promise<readonly Exemplar[]>
  /** The values of a label, as a variable of a dashboard asks for them. */
  labelValues(selector: string, label: string): Promise<readonly string[]>
}

/** Addresses by the job that scrapes them. */
export type Targets = Readonly<Record<string, readonly string[]>>

interface Configuration {
  global: Record<string, string>
  rule_files: string[]
  scrape_configs: { job_name: string; [key: string]: unknown }[]
}

/** Ends with `t`. */
export async function startPrometheus(
  t: Pick<Test, 'teardown'>,
  path: string,
  targets: Targets,
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'skald-prometheus-'))
  await writeFile(join(folder, 'prometheus.yml'), await placed(targets))
  const address = `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`
  await startChildServer(t, {
    path,
    args: [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
      '--log.level=error',
    ],
    folder,
    isReady: async () => {
      const ready = http.get(`http://${address}/-/ready`, { responseType: 'text' })
      return (await ready.catch(() => undefined))?.statusCode === 200
    },
  })
  return asking(`http://${address}/api/v1`)
}

async function placed(targets: Targets): Promise<string> {
  const text = await readFile(join(prometheusFolder, 'prometheus.yml'), 'utf8')
  const { scrape_configs, ...rest } = parse(text) as Configuration
  return stringify({
    ...rest,
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
    rule_files: [join(prometheusFolder, 'rules/*.yml')],
    scrape_configs: scrape_configs.map(({ job_name }) => ({
      job_name,
      static_configs: [{ targets: (targets[job_name] ?? []).map((url) => new URL(url).host) }],
    })),
  })
}

function asking(api: string): Prometheus {
  const ask = async <Data>(path: string, form: Record<string, string>): Promise<Data> => {
    const { body } = await http.get<{ data: Data; error?: string }>(`${api}/${path}`, { searchParams: form })
    if (body.error !== undefined) throw new Error(`${JSON.stringify(form)}: ${body.error}`)
    return body.data
  }
  return {
    query: async (expr) => (await ask<{ result: Series[] }>('query', { query: expr })).result,
    async exemplars(query) {
      const [start, end] = [Date.now() / 1_000 - 600, Date.now() / 1_000 + 60].map(String)
      const found = await ask<{ exemplars: Exemplar[] }[]>('query_exemplars', {
        query,
        start: start ?? '',
        end: end ?? '',
      })
      return found.flatMap(({ exemplars }) => exemplars)
    },
    labelValues: (selector, label) => ask(`label/${label}/values`, { 'match[]': selector }),
  }
}
