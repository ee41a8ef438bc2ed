import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'

/** Runs a process whose end takes for ever, by a clock that only `pass` moves on. Exit code 7: it outlived the course. */
async function course(steps: string): Promise<{ code: number | null; said: string }> {
  const program = `
    import { mock } from 'node:test'
    import { setImmediate } from 'node:timers/promises'
    import { runProcess } from '${import.meta.resolve('./process.ts')}'
    mock.timers.enable({ apis: ['setTimeout'] })
    const start = Promise.withResolvers()
    const end = () => {
      process.stdout.write('ending ')
      return new Promise(() => undefined)
    }
    const askToEnd = () => process.emit('SIGTERM')
    const pass = async (ms) => {
      await setImmediate()
      mock.timers.tick(ms)
      process.stdout.write('alive ')
    }
    void runProcess('test', {}, () => start.promise)
    ${steps}
    process.exit(7)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { code: child.exitCode, said: said.trim() }
}

t.test('an end that takes longer than ten seconds is cut off', async (t) => {
  const steps = `start.resolve({ end })
    await setImmediate()
    askToEnd()
    await pass(9_999)
    await pass(1)`
  t.strictSame(await course(steps), { code: 1, said: 'ending alive' })
})

t.test('an end that may take longer is given the time', async (t) => {
  const steps = `start.resolve({ end, endTimeoutMs: 20_000 })
    await setImmediate()
    askToEnd()
    await pass(19_999)
    await pass(1)`
  t.strictSame(await course(steps), { code: 1, said: 'ending alive' })
})

t.test('who is asked to end while it starts has all its time for the end', async (t) => {
  const steps = `askToEnd()
    await pass(9_999)
    start.resolve({ end, endTimeoutMs: 20_000 })
    await pass(19_999)
    await pass(1)`
  t.strictSame(await course(steps), { code: 1, said: 'alive ending alive' })
})

t.test('a start that does not come to its end is cut off', async (t) => {
  t.strictSame(await course('askToEnd(); await pass(9_999); await pass(1)'), { code: 1, said: 'alive' })
})
