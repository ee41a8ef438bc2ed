// Machines as people write them for XState, for tests of how they are drawn.

export const trafficLight = {
  id: 'trafficLight',
  initial: 'green',
  states: {
    green: { on: { TIMER: 'yellow' }, after: { 5000: 'yellow' } },
    yellow: { on: { TIMER: 'red' }, after: { 1000: 'red' } },
    red: {
      initial: 'walk',
      states: {
        walk: { on: { PED_COUNTDOWN: 'wait' } },
        wait: { on: { PED_COUNTDOWN: [{ guard: 'isLong', target: 'stop' }, { actions: 'beep' }] } },
        stop: { type: 'final' },
      },
      on: { TIMER: 'green', POWER_OUTAGE: 'broken' },
      onDone: 'green',
    },
    broken: { on: { REPAIRED: 'red' } },
  },
}

const toggle = (event: string) => ({
  initial: 'off',
  states: { off: { on: { [event]: 'on' } }, on: { on: { [event]: 'off' } } },
})

export const wordProcessor = {
  id: 'word',
  type: 'parallel',
  states: {
    bold: toggle('TOGGLE_BOLD'),
    underline: toggle('TOGGLE_UNDERLINE'),
    italics: toggle('TOGGLE_ITALICS'),
    list: {
      initial: 'none',
      states: {
        none: { on: { BULLETS: 'bullets', NUMBERS: 'numbers' } },
        bullets: { on: { NONE: 'none', NUMBERS: 'numbers' } },
        numbers: { on: { BULLETS: 'bullets', NONE: 'none' } },
      },
    },
    saver: {
      initial: 'clean',
      states: {
        clean: { on: { EDIT: 'dirty' } },
        dirty: { after: { 2000: 'saving' } },
        saving: { invoke: { id: 'save', src: 'save', onDone: 'clean', onError: 'dirty' } },
      },
    },
  },
}

const payment = {
  id: 'payment',
  initial: 'method',
  states: {
    method: { on: { CARD: 'card', PAYPAL: 'paypal' } },
    card: {
      invoke: {
        id: 'card',
        src: 'chargeCard',
        onDone: 'paid',
        onError: [{ guard: 'canRetry', target: 'method' }, { target: '#checkout.failed' }],
      },
    },
    paypal: {
      invoke: { id: 'paypal', src: 'paypal', onDone: 'paid', onError: 'method' },
      after: { 30000: 'method' },
    },
    paid: { type: 'final' },
  },
  onDone: 'review',
}

export const checkout = {
  id: 'checkout',
  initial: 'cart',
  on: { ABANDON: '.abandoned' },
  states: {
    cart: {
      on: {
        ADD: { actions: 'add' },
        REMOVE: { actions: 'remove' },
        CHECKOUT: { guard: 'hasItems', target: 'checkingOut' },
      },
    },
    checkingOut: {
      initial: 'address',
      states: {
        address: {
          initial: 'entering',
          states: {
            entering: { on: { SUBMIT: 'validating' } },
            validating: {
              invoke: { id: 'validate', src: 'validate', onDone: '#payment', onError: 'entering' },
            },
          },
        },
        payment,
        hist: { type: 'history' },
        review: {
          on: { EDIT_ADDRESS: 'address', EDIT_PAYMENT: 'payment', CONFIRM: '#checkout.confirmed' },
        },
      },
      on: { BACK: 'cart' },
    },
    failed: { on: { RETRY: 'checkingOut.hist' } },
    confirmed: { type: 'final' },
    abandoned: { type: 'final' },
  },
}

export const fetcher = {
  id: 'fetch',
  initial: 'idle',
  states: {
    idle: { on: { FETCH: 'loading' } },
    loading: {
      invoke: { id: 'get', src: 'get', onDone: 'success', onError: 'failure' },
      on: { CANCEL: 'idle' },
      after: { 10000: 'failure' },
    },
    success: { type: 'final' },
    failure: {
      always: { guard: 'tooManyTries', target: 'failed' },
      on: { RETRY: { target: 'loading', actions: 'count' } },
      after: { backOff: { target: 'loading', guard: 'online' } },
    },
    failed: { type: 'final' },
  },
}

const assessment = {
  id: 'assessment',
  type: 'parallel',
  states: {
    medical: {
      initial: 'waiting',
      states: { waiting: { on: { REPORT: 'reviewed' } }, reviewed: { type: 'final' } },
    },
    legal: {
      initial: 'waiting',
      states: {
        waiting: { on: { OPINION: 'reviewed', ASK: 'asked' } },
        asked: { on: { ANSWER: 'waiting' } },
        reviewed: { type: 'final' },
      },
    },
  },
  onDone: 'decided',
}

export const claim = {
  id: 'claim',
  initial: 'draft',
  states: {
    draft: { on: { SAVE: { target: 'draft', reenter: true }, SUBMIT: 'submitted', DISCARD: 'discarded' } },
    discarded: { type: 'final' },
    submitted: { always: [{ guard: 'isComplete', target: 'triage' }, { target: 'incomplete' }] },
    incomplete: { on: { SUPPLEMENT: 'submitted' }, after: { 86400000: 'expired' } },
    expired: { type: 'final' },
    triage: { on: { AUTO: 'auto', MANUAL: 'assessment', FRAUD: 'investigation' } },
    auto: {
      initial: 'scoring',
      states: {
        scoring: {
          invoke: {
            id: 'score',
            src: 'score',
            onDone: [{ guard: 'isHigh', target: 'ok' }, { target: 'unsure' }],
            onError: 'unsure',
          },
        },
        ok: { type: 'final' },
        unsure: { on: { ESCALATE: '#assessment' } },
      },
      onDone: 'decided',
    },
    assessment,
    investigation: { on: { CLEARED: 'assessment', CONFIRMED: 'rejected' } },
    decided: { always: [{ guard: 'isApproved', target: 'approved' }, { target: 'rejected' }] },
    approved: { on: { PAY: 'paying' } },
    paying: { invoke: { id: 'pay', src: 'pay', onDone: 'paid', onError: 'parked' } },
    parked: { on: { RETRY: 'paying', GIVE_UP: 'rejected' }, after: { 5000: 'paying' } },
    rejected: { on: { APPEAL: 'appeal' }, after: { 2592000000: 'closed' } },
    appeal: { on: { GRANTED: 'approved', DENIED: 'closed' } },
    paid: { always: 'closed' },
    closed: { type: 'final' },
  },
}
