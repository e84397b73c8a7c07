/**
 * How fast suspicion works, all in milliseconds; `lan` is the preset that figures are stated for.
 *
 * A node that falls silent is condemned after about
 *
 *     U(0, probeEvery)        it was heard last, and is probed once it has been silent for a round
 *     + 4 x probeTimeout      two rounds in a row: its own answer, then that of three relays
 *     + suspectHold           a third chance; any sign of life by anyone clears it
 *     + probeTimeout          the leader's own probe
 *     + probeEvery / 8        the cut stays open for those that died with it
 *
 * times 1 + local health where this node is slow itself. A refused connection answers at once, so a killed process costs
 * only the hold. `probeTimeoutMs` is above ten round trips and a long pause of the event loop; what a node must be
 * able to sleep through without losing its slots is the whole sum without its first term. `sovereignForMs` is six
 * beats: four may be lost in a row, and one is under way.
 *
 * Among the voters a leader that falls silent is followed by another one after about
 *
 *     U(electionMin, electionMax) - U(0, heartbeat)    the first of the voters runs out of patience
 *     + 3 round trips and 2 flushes                    it asks whether it would win, wins, and opens its epoch
 *
 * A tie costs another such term. `electionMinMs` is four heartbeats, so that the loss of three in a row starts nothing, and
 * above ten round trips with a flush each; `electionMaxMs` is twice that, so that two of five voters seldom wake
 * within one round trip. A leader that hears no majority for `electionMinMs` stops to be one.
 */
export const PRESETS = {
  /** One machine: a killed process is condemned after about 1.3 s, a hung one after 3.3 s (it shares the cores, so patience is cheap). */
  local: {
    probeEveryMs: 500,
    probeTimeoutMs: 400,
    suspectHoldMs: 1_000,
    beatEveryMs: 500,
    sovereignForMs: 3_000,
    retryMinMs: 100,
    retryMaxMs: 1_000,
    heartbeatMs: 150,
    electionMinMs: 600,
    electionMaxMs: 1_200,
    reconcileMs: 10_000,
  },
  /** One site, round trips of 20 ms: a silent node is condemned after about 2.8 s, a killed process after 1.3 s. */
  lan: {
    probeEveryMs: 1_000,
    probeTimeoutMs: 300,
    suspectHoldMs: 700,
    beatEveryMs: 1_000,
    sovereignForMs: 6_000,
    retryMinMs: 200,
    retryMaxMs: 3_000,
    heartbeatMs: 150,
    electionMinMs: 600,
    electionMaxMs: 1_200,
    reconcileMs: 30_000,
  },
  /** Several sites, round trips of up to 150 ms: a silent node is condemned after about 12 s. */
  wan: {
    probeEveryMs: 3_000,
    probeTimeoutMs: 1_500,
    suspectHoldMs: 3_000,
    beatEveryMs: 3_000,
    sovereignForMs: 18_000,
    retryMinMs: 500,
    retryMaxMs: 10_000,
    heartbeatMs: 500,
    electionMinMs: 2_000,
    electionMaxMs: 4_000,
    reconcileMs: 60_000,
  },
} as const;

export type Timing = (typeof PRESETS)[keyof typeof PRESETS];
