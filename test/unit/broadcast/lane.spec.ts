import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import {
  answered,
  EMPTY_LANE,
  type Lane,
  type Loaded,
  opensAt,
  patienceMs,
  take,
  unanswered,
} from '../../../src/organs/broadcast/lane.ts';

const parcel = (bytes = 100): Loaded => ({
  message: {} as Loaded['message'],
  wave: 'below',
  countMs: 0,
  bornAt: 0,
  bytes,
  tried: null,
  again: false,
});
const laneOf = (count: number, bytes?: number): Lane => ({
  ...EMPTY_LANE,
  parcels: Array.from({ length: count }, () => parcel(bytes)),
});
const more = (lane: Lane): Lane => ({ ...lane, parcels: [...lane.parcels, parcel()] });

describe('a lane to a peer', () => {
  it('lets the first message leave at once, and nothing where nothing waits', () => {
    expect(opensAt(laneOf(1))).toBeLessThan(0);
    expect(opensAt(EMPTY_LANE)).toBe(Number.POSITIVE_INFINITY);
  });

  it('gathers what follows for half a round trip, for no longer than the limit', () => {
    const { lane } = take(laneOf(1), 1_000);
    expect(opensAt(more(lane))).toBe(1_000 + LIMITS.broadcastGatherMs);
    expect(opensAt(more(answered(lane, 1_000, 1_040)))).toBe(1_020);
    expect(opensAt(more(answered(lane, 1_000, 1_900)))).toBe(1_000 + LIMITS.broadcastGatherMs);
  });

  it('has no more frames under way than the limit', () => {
    let lane = EMPTY_LANE;
    for (let flight = 0; flight < LIMITS.controlFramesMax; flight++) {
      expect(opensAt(more(lane))).toBeLessThan(Number.POSITIVE_INFINITY);
      lane = take(more(lane), 0).lane;
    }
    expect(opensAt(more(lane))).toBe(Number.POSITIVE_INFINITY);
    expect(opensAt(more(unanswered(lane)))).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('puts as many messages into one frame as fit, at least one, and keeps the order', () => {
    expect(take(laneOf(LIMITS.broadcastFrameMax + 1), 0).load.parcels).toHaveLength(LIMITS.broadcastFrameMax);
    expect(take(laneOf(3, LIMITS.broadcastFrameBytes / 2), 0).load.parcels).toHaveLength(2);
    const huge = take(laneOf(2, LIMITS.broadcastFrameBytes * 2), 0);
    expect(huge.load.parcels).toHaveLength(1);
    expect(huge.lane.parcels).toHaveLength(1);
  });

  it('waits for an answer as long as the peer is far, within bounds', () => {
    const { lane } = take(laneOf(1), 0);
    expect(patienceMs(lane)).toBe(LIMITS.broadcastHopMs);
    expect(patienceMs(answered(lane, 0, 2))).toBe(LIMITS.broadcastHopMinMs);
    expect(patienceMs(answered(lane, 0, 100))).toBe(600);
    expect(patienceMs(answered(lane, 0, 800))).toBe(LIMITS.broadcastHopMs);
  });
});
