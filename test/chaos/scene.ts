// What a fault is given to strike with, and how it tells what came of it.
import type { Dice } from '../simulation/dice.ts'
import type { System } from './system.ts'

export interface Scene {
  readonly system: System
  readonly dice: Dice
  /** Notes how long it took until others owned what was left behind. */
  readonly tookOver: (ms: number) => void
  /** Notes what should not have been. */
  readonly complain: (what: string) => void
}

export interface Fault {
  readonly name: string
  /** Mends what it did, and resolves with how often it truly struck: a kill with nothing in flight is none. */
  readonly strike: (scene: Scene) => Promise<number>
}
