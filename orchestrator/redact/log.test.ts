import { pino } from 'pino'
import t from 'tap'
import { logOptions } from './log.ts'

/** What is logged by `write` where these are out of sight. */
function logged(names: string[], write: (log: pino.Logger) => void): string {
  const lines: string[] = []
  write(pino({ level: 'trace', ...logOptions(names) }, { write: (line) => void lines.push(line) }))
  return lines.join('')
}

const SECRET = '4111 1111'

/** As pg throws it, and with a message that would pass for a frame of its stack. */
function failure() {
  const cause = Object.assign(new Error(`caused by ${SECRET}`), { detail: SECRET })
  const error = new Error(`no ${SECRET}\n    at ${SECRET} (${SECRET})`, { cause })
  return Object.assign(error, { code: '23514', detail: `Failing row contains (${SECRET}).`, where: SECRET })
}

t.test('of an error only what it is and where it came from is told', async (t) => {
  const lines = logged(['card'], (log) => {
    log.error({ err: failure() }, 'it failed')
    log.error(failure(), 'it failed')
    log.warn({ err: SECRET, other: failure() }, 'it failed')
    log.child({ reqId: 1 }).error({ err: failure() }, 'it failed')
  })
  t.notMatch(lines, SECRET)
  const [first = ''] = lines.split('\n')
  t.match(JSON.parse(first), {
    msg: 'it failed',
    err: { type: 'Error', code: '23514', stack: /^ {4}at failure .*log\.test\.ts/, cause: { type: 'Error' } },
  })
})

t.test(
  'members are put out of sight by their names, and what others said or asked is not told',
  async (t) => {
    const lines = logged(['card'], (log) => {
      log.info({ saga_id: 'a', card: SECRET, deep: [{ card: SECRET, kept: 1 }] }, 'one')
      log.info({ reason: SECRET, message: SECRET, url: `/api/sagas?q=${SECRET}` }, 'two')
    })
    t.notMatch(lines, SECRET)
    t.match(lines, /"saga_id":"a".*"kept":1/)
    t.match(lines, '"url":"/api/sagas"')
  },
)

t.test('where nothing is out of sight a log says what it always said', async (t) => {
  t.strictSame(logOptions([]), {})
  t.match(
    logged([], (log) => log.error({ err: failure() }, 'it failed')),
    SECRET,
  )
})
