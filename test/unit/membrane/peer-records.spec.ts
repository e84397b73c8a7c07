import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { PeerRecords } from '../../../src/runtime/membrane/peer-records.ts';

describe('the senders that a node has heard', () => {
  it('are as many as an organism has members; for one more the least recently heard is forgotten', () => {
    const records = new PeerRecords();
    for (let node = 0; node < LIMITS.nodesMax; node++) records.meet(`node ${node}`, 7);
    records.meet('node 0', 7);
    expect(['node 0', 'node 1', 'node 2'].map((node) => records.incarnationOf(node))).toEqual([7, 7, 7]);
    records.meet('one more', 1);
    expect(['node 0', 'node 1', 'node 2'].map((node) => records.incarnationOf(node))).toEqual([7, 0, 7]);
    records.meet('node 2', 7);
    records.meet('another', 1);
    expect(['node 2', 'node 3'].map((node) => records.incarnationOf(node))).toEqual([7, 0]);
  });

  it('have one record each, anew for a later life, and none for an earlier one', () => {
    const records = new PeerRecords();
    const first = records.meet('a', 1);
    expect(records.meet('a', 1)).toBe(first);
    const second = records.meet('a', 2);
    expect(second).not.toBe(first);
    expect(records.meet('a', 1)).toBeUndefined();
    expect(records.meet('a', 2)).toBe(second);
  });
});
