/** Every error that the engine throws on purpose. Callers match on `code`; messages are for people. */

class EngineError extends Error {
  override readonly name: string = 'EngineError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A machine that Skald can't run durably. Thrown when it is registered, so at start-up, never at night. */
export class MachineRefusedError extends EngineError {
  override readonly name = 'MachineRefusedError'
  readonly faults: readonly string[]

  constructor(machine: string, faults: readonly string[]) {
    super('MACHINE_REFUSED', `Machine ${machine} can't run durably: ${faults.join('; ')}`)
    this.faults = faults
  }
}

export class MachineUnknownError extends EngineError {
  override readonly name = 'MachineUnknownError'

  constructor(machine: string, registered: readonly string[]) {
    super('MACHINE_UNKNOWN', `No machine is called ${machine}; registered: ${registered.join(', ')}`)
  }
}

/** Nothing was accepted. */
export class NotAcceptingError extends EngineError {
  override readonly name = 'NotAcceptingError'

  constructor(reason: string) {
    super('NOT_ACCEPTING', reason)
  }
}

/** The machine threw on this input before its first commit. Nothing was accepted. */
export class SagaNotStartedError extends EngineError {
  override readonly name = 'SagaNotStartedError'

  constructor(machine: string, reason: string) {
    super('SAGA_NOT_STARTED', `Machine ${machine} can't begin with this input: ${reason}`)
  }
}

/** Another orchestrator lives under the name of this one: an operator's mistake, and the end of this process. */
export class NameTakenError extends EngineError {
  override readonly name = 'NameTakenError'

  constructor(name: string) {
    super(
      'NAME_TAKEN',
      `Another orchestrator is running under the name ${name}; give each its own ORCHESTRATOR_ID.`,
    )
  }
}
