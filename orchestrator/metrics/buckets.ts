/** Where histograms are cut. Seconds, for an answer somebody waits for, and for what may wait for a person. */

/** Of a call, a commit, a timer. */
export const SHORT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Of a saga or a state: most take milliseconds, and a parked one waits until Monday. Up to an hour, six, a day, a week. */
export const LONG_SECONDS = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400, 604_800,
]
