/** Charts of many shapes, as definitions: what a page has to draw. */
import { definitionOf } from '../../machines/lock.ts'
import { machines } from '../../machines/registry.ts'
import { chartOf } from '../../orchestrator/chart/chart-of.ts'
import type { Chart } from '../../orchestrator/chart/chart.ts'

const ends = { done: { id: 'done', type: 'final' }, failed: { id: 'failed', type: 'final' } }
const parked = { id: 'parked', on: { RETRY: '#undoing', GIVE_UP: '#failed' } }

/** A saga of steps one after the other, each with its compensation. */
export function sagaOf(names: readonly string[]) {
  const doing = names.map((name, index) => [
    name,
    {
      invoke: {
        id: name,
        src: name,
        onDone: names[index + 1] ?? '#done',
        onError: [
          { guard: 'surelyNotDone', target: index === 0 ? '#failed' : `#undoing.${names[index - 1]}` },
          { target: `#undoing.${name}` },
        ],
      },
      on: { CANCEL: `#undoing.${name}` },
    },
  ])
  const undoing = names.map((name, index) => [
    name,
    { invoke: { id: `undo-${name}`, src: name, onDone: names[index - 1] ?? '#failed', onError: '#parked' } },
  ])
  return {
    id: 'saga',
    initial: 'doing',
    states: {
      doing: { id: 'doing', initial: names[0], states: Object.fromEntries(doing) },
      undoing: { id: 'undoing', initial: names.at(-1), states: Object.fromEntries(undoing) },
      parked,
      ...ends,
    },
  }
}

const step = (onDone: string, onError: string) => ({ invoke: { src: 'step', onDone, onError } })

/** The chart of the study that the ladder was first tried on. */
const study = {
  id: 'order',
  initial: 'doing',
  states: {
    doing: {
      id: 'doing',
      initial: 'reserveInventory',
      on: { CANCEL: '#undoing' },
      states: {
        reserveInventory: {
          invoke: {
            src: 'x',
            onDone: 'payment',
            onError: [{ guard: 'canRetry', target: 'reserveInventory' }, '#failed'],
          },
        },
        payment: {
          initial: 'fraudCheck',
          onDone: 'createShipment',
          states: {
            fraudCheck: step('authorize', '#undoing.reserveInventory'),
            authorize: {
              invoke: {
                src: 'x',
                onDone: 'ok',
                onError: [{ guard: 'canRetry', target: 'authorize' }, '#undoing.reserveInventory'],
              },
            },
            ok: { type: 'final' },
          },
        },
        createShipment: {
          ...step('capturePayment', '#undoing.payment'),
          after: { 30000: '#undoing.payment' },
        },
        capturePayment: step('#done', '#undoing.createShipment'),
      },
    },
    undoing: {
      id: 'undoing',
      initial: 'createShipment',
      states: {
        createShipment: step('payment', '#parked'),
        payment: step('reserveInventory', '#parked'),
        reserveInventory: step('#compensated', '#parked'),
      },
    },
    parked,
    compensated: { id: 'compensated', type: 'final' },
    ...ends,
  },
}

const region = (names: readonly string[], onError: string) => ({
  initial: names[0],
  states: {
    ...Object.fromEntries(names.map((name, index) => [name, step(names[index + 1] ?? 'ready', onError)])),
    ready: { type: 'final' },
  },
})

/** Steps at once, some of them in several regions, and their compensations as well. */
const parallel = {
  id: 'trip',
  initial: 'doing',
  states: {
    doing: {
      id: 'doing',
      initial: 'quote',
      states: {
        quote: step('book', '#failed'),
        book: {
          type: 'parallel',
          onDone: 'charge',
          on: { CANCEL: '#undoing.book' },
          states: {
            flight: region(['outbound', 'inbound'], '#undoing.book'),
            hotel: region(['room'], '#undoing.book'),
            car: region(['reserve', 'insure'], '#parked'),
          },
        },
        charge: step('#done', '#undoing.charge'),
      },
    },
    undoing: {
      id: 'undoing',
      initial: 'charge',
      states: {
        charge: step('book', '#parked'),
        book: {
          type: 'parallel',
          onDone: '#failed',
          states: { flight: region(['inbound', 'outbound'], '#parked'), hotel: region(['room'], '#parked') },
        },
      },
    },
    parked,
    ...ends,
  },
}

/** States before, behind and beside the rails, compensations of other names, and events that are heard everywhere. */
const odd = {
  id: 'odd',
  initial: 'validating',
  on: { ABORT: '.undoing', NOTE: { actions: 'note' } },
  states: {
    validating: { invoke: { src: 'x', onDone: 'doing', onError: 'rejected' } },
    rejected: { type: 'final' },
    doing: {
      id: 'doing',
      initial: 'hold',
      on: { PAUSE: 'waiting', PING: { actions: 'pong' } },
      states: {
        hold: step('skippable', '#failed'),
        skippable: { ...step('ship', '#undoing.release'), on: { SKIP: 'bill' } },
        ship: { ...step('bill', '#undoing.release'), on: { BACK: 'hold' } },
        bill: step('#settling', '#undoing.callBack'),
        back: { type: 'history', history: 'deep' },
      },
    },
    settling: {
      id: 'settling',
      initial: 'wait',
      states: {
        wait: { after: { 60000: 'check' } },
        check: { always: [{ guard: 'isSettled', target: '#done' }, 'wait'] },
      },
    },
    undoing: {
      id: 'undoing',
      initial: 'callBack',
      states: {
        callBack: step('release', '#parked'),
        release: step('notify', '#parked'),
        notify: step('#failed', '#failed'),
        again: { type: 'history' },
      },
    },
    waiting: { on: { RESUME: '#doing.back', CANCEL: '#undoing' }, after: { tooLong: 'undoing' } },
    parked: { id: 'parked', on: { RETRY: '#undoing.again', SKIP: '#undoing.notify', GIVE_UP: '#failed' } },
    ...ends,
  },
}

const stepNames = [
  'createOrder',
  'reserveInventory',
  'authorizePayment',
  'bookCourier',
  'printLabel',
  'allocateBin',
  'notifyWarehouse',
  'capturePayment',
  'issueInvoice',
  'emailCustomer',
]

export const exampleCharts: ReadonlyMap<string, Chart> = new Map([
  ...machines.map(({ machine }): [string, Chart] => [
    `${machine.id} v${machine.version}`,
    chartOf(definitionOf(machine)),
  ]),
  ['1 step', chartOf(sagaOf(['only']))],
  ['10 steps', chartOf(sagaOf(stepNames))],
  ['20 steps', chartOf(sagaOf(stepNames.flatMap((name) => [name, `${name}Again`])))],
  ['nested steps', chartOf(study)],
  ['parallel steps', chartOf(parallel)],
  ['odd ones', chartOf(odd)],
])
