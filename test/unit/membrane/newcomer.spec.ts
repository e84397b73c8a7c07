import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { Rejections } from '../../../src/runtime/membrane/rejections.ts';
import { alice, frameOf, gateOfBob, jsonOf, mallory, signed, TREE } from './stage.ts';

const HASH = sha256Hex('a shard');

describe('a newcomer', () => {
  const frame = (seq: number) => signed(frameOf({ from: mallory.node, seq }), mallory);

  it('that is refused before its admission has come here is taken out of the counts, and strangers are not', async () => {
    const members = new Set<string>();
    const { gate, clock } = gateOfBob({ standing: (node) => (members.has(node) ? 'member' : 'unknown') });
    for (const seq of [1, 2]) expect((await gate.handle(mallory, frame(seq))).status).toBe(403);
    expect((await gate.handle(alice, signed(frameOf()))).status).toBe(403);
    expect(gate.rejected()).toEqual({ 'not-a-member': 3 });
    gate.reconsider();
    expect(gate.rejected()).toEqual({ 'not-a-member': 3 });
    await clock.advance(LIMITS.newcomerGraceMs);
    members.add(mallory.node);
    gate.reconsider();
    expect(gate.rejected()).toEqual({ 'not-a-member': 1 });
    gate.reconsider();
    expect(gate.rejected()).toEqual({ 'not-a-member': 1 });
  });

  it('that had knocked for longer was a stranger then', async () => {
    const members = new Set<string>();
    const { gate, clock } = gateOfBob({ standing: (node) => (members.has(node) ? 'member' : 'unknown') });
    await gate.handle(mallory, frame(1));
    await clock.advance(LIMITS.newcomerGraceMs + 1);
    await gate.handle(mallory, frame(2));
    members.add(mallory.node);
    gate.reconsider();
    // What it did last may have been a newcomer's.
    expect(gate.rejected()).toEqual({ 'not-a-member': 1 });
  });

  it('is told to come back by a node that has no view yet, whatever it sends', async () => {
    const { gate } = gateOfBob({ standing: () => 'undecided' });
    const huge = { ...frame(1), bytes: new Uint8Array(LIMITS.frameStrangerBytesMax + 1) };
    for (const request of [frame(1), huge, { route: 'shard.get', tree: TREE, hash: HASH } as const]) {
      expect(jsonOf(await gate.handle(mallory, request))).toMatchObject({
        code: 'starting',
        status: 503,
        retryAfterMs: 100,
      });
    }
    expect(gate.rejected()).toEqual({});
  });

  it('is told from strangers as long as few enough have knocked since: at the limit, and not one past it', () => {
    for (const strangers of [LIMITS.strangersNotedMax, LIMITS.strangersNotedMax + 1]) {
      const rejections = new Rejections(new VirtualClock(), memoryLog());
      for (let number = 0; number < strangers; number++) rejections.count('not-a-member', `node ${number}`, '');
      rejections.pardon((node) => node === 'node 0');
      const isNoted = strangers <= LIMITS.strangersNotedMax;
      expect(rejections.counts()).toEqual({ 'not-a-member': isNoted ? strangers - 1 : strangers });
    }
  });
});
