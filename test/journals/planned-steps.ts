// Steps that meet what a tale has planned for them, and are real otherwise.
import type { StepCaller } from '../../orchestrator/engine/ports.ts'

/** `never answers`: it is done, and nobody hears of it. `hangs`: it is not even sent. */
export type Conduct = 'refuses' | 'is away' | 'never answers' | 'hangs'

export class PlannedSteps {
  #plans = new Map<string, Conduct[]>()

  plan(conduct: Readonly<Record<string, readonly Conduct[]>>): void {
    this.#plans = new Map(Object.entries(conduct).map(([step, calls]) => [step, [...calls]]))
  }

  around(real: StepCaller): StepCaller {
    return {
      call: async (declaration, call) => {
        const { step, undo } = declaration
        switch (this.#plans.get(undo ? `undo ${step}` : step)?.shift()) {
          case undefined:
            return real.call(declaration, call)
          case 'refuses':
            return Promise.reject(
              failure(step, 'StepRefused', { code: 'stock_insuffisant', status: 409, inDoubt: false }),
            )
          case 'is away':
            return Promise.reject(failure(step, 'StepUnreachable', { code: 'ECONNREFUSED', inDoubt: false }))
          case 'never answers':
            await real.call(declaration, call)
            return Promise.reject(failure(step, 'StepInDoubt', { code: 'ECONNRESET', inDoubt: true }))
          case 'hangs':
            return new Promise((_resolve, reject) => {
              call.signal.addEventListener('abort', () => reject(new Error('it was stopped')), { once: true })
            })
        }
      },
    }
  }
}

function failure(
  step: string,
  name: string,
  { code, ...rest }: { code: string; status?: number; inDoubt: boolean },
) {
  return { name, message: `as planned: ${code}`, code, step, ...rest }
}
