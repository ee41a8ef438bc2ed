// The threat model names the tests that hold it: they are there.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8')
const rows = page.split('\n').filter((line) => /^\| (?!what somebody|-)/.test(line))

t.test('each line of the threat model names a test, and each test that it names is there', (t) => {
  t.ok(rows.length > 20)
  for (const row of rows) {
    const [, threat = '', , tests = ''] = row.split('|').map((cell) => cell.trim())
    const named = [...tests.matchAll(/`([^`]+\.test\.ts)`((?: "[^"]+")*)/g)]
    t.ok(named.length > 0, threat)
    for (const [, path = '', titles = ''] of named) {
      const file = join(root, path)
      if (!existsSync(file)) {
        t.fail(`there is no ${path}`)
        continue
      }
      const text = readFileSync(file, 'utf8')
      for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g))
        t.ok(text.includes(title), `${path}: ${title}`)
    }
  }
  t.end()
})
