import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../../src/contract/entries.ts';
import { LIMITS } from '../../../../src/contract/limits.ts';
import type { RaftState } from '../../../../src/organs/consensus/raft/index.ts';
import { electLeader, leadingOf, sentBy, stateOf, stepOf, withProgress } from './leader.ts';

const entry: Entry = { type: 'CONFIG', key: 'k', value: 1 };

function proposed(state: RaftState, times: number, what = entry): RaftState {
  let next = state;
  for (let time = 0; time < times; time++) next = stepOf(next, { type: 'propose', entry: what }).state;
  return next;
}

describe('the bounds of a leader', () => {
  it('appends so many entries without a majority, and says busy to the next', () => {
    const leader = stateOf(electLeader(['a', 'b', 'c']), 'a');
    // As if they had been appended one by one: that many real ones take a while.
    const full: RaftState = { ...leader, log: { ...leader.log, commit: 1 - LIMITS.raftUncommittedMax + 1 } };
    const last = stepOf(full, { type: 'propose', entry });
    expect(last.writes?.records).toHaveLength(1);
    const refused = stepOf(last.state, { type: 'propose', entry });
    expect(refused.refusals).toEqual([{ what: 'propose', why: 'busy' }]);
    expect(refused.writes).toBeNull();
  });

  it('sends so many appends ahead of their answers, and gathers the rest for the next one', () => {
    const leader = proposed(stateOf(electLeader(['a', 'b', 'c']), 'a'), LIMITS.raftInflightMax);
    expect(leadingOf(leader).progress.b?.inflight).toHaveLength(LIMITS.raftInflightMax);
    const held = stepOf(leader, { type: 'propose', entry });
    expect(held.messages).toEqual([]);
    const more = proposed(held.state, 9);
    const message = { type: 'appended', index: 2, abstains: false, generation: 1, epoch: 1 } as const;
    const outcome = stepOf(more, { type: 'receive', from: 'b', message });
    expect(outcome.messages).toHaveLength(1);
    expect(sentBy(outcome, 'append').after.index).toBe(1 + LIMITS.raftInflightMax);
    expect(sentBy(outcome, 'append').records).toHaveLength(10);
  });

  it('lets one more append go for each heartbeat that a peer answers, even if all answers to appends are lost', () => {
    const leader = proposed(stateOf(electLeader(['a', 'b', 'c']), 'a'), LIMITS.raftInflightMax + 5);
    const heard = { type: 'heard', round: 1, sentAt: 0, lacks: false, abstains: false } as const;
    const message = { ...heard, generation: 1, epoch: 1 };
    const { messages } = stepOf(leader, { type: 'receive', from: 'b', message });
    expect(messages.map(({ message: { type } }) => type)).toEqual(['append']);
  });

  it('puts so many records, and so many bytes, into one append', () => {
    const cluster = electLeader(['a', 'b', 'c']);
    const probing = { mode: 'probing', paused: true, match: 0, next: 1 } as const;
    const rejected = { type: 'rejected', asked: 0, hint: { index: 0, epoch: 0 }, abstains: false } as const;
    const message = { ...rejected, generation: 1, epoch: 1 };
    const firstAppend = (value: string): number => {
      const state = withProgress(stateOf(cluster, 'a'), 'b', probing);
      const full = proposed(state, LIMITS.raftBatchMax + 10, { type: 'CONFIG', key: 'k', value });
      const append = sentBy(stepOf(full, { type: 'receive', from: 'b', message }), 'append');
      expect(Buffer.byteLength(JSON.stringify(append))).toBeLessThan(LIMITS.messageBytesMax);
      return append.records.length;
    };
    expect(firstAppend('small')).toBe(LIMITS.raftBatchMax);
    expect(firstAppend('x'.repeat(3_000))).toBeLessThan(50);
  });

  it('lets so many reads wait for a majority, and says busy to the next', () => {
    let leader = stateOf(electLeader(['a', 'b', 'c']), 'a');
    const role = leadingOf(leader);
    const waiting = Array.from({ length: LIMITS.raftReadsMax - 1 }, (_, at) => ({
      token: `r${at}`,
      index: 1,
      round: 99,
    }));
    leader = { ...leader, role: { ...role, reads: waiting } };
    const last = stepOf(leader, { type: 'read', token: 'last' });
    expect(leadingOf(last.state).reads).toHaveLength(LIMITS.raftReadsMax);
    const refused = stepOf(last.state, { type: 'read', token: 'too many' });
    expect(refused.refusals).toEqual([{ what: 'read', why: 'busy', token: 'too many' }]);
    expect(leadingOf(refused.state).reads).toHaveLength(LIMITS.raftReadsMax);
  });

  it('replicates to so many learners, each once, and to none that votes', () => {
    const leader = stateOf(electLeader(['a', 'b', 'c']), 'a');
    const many = Array.from({ length: LIMITS.learnersMax + 1 }, (_, at) => `n${at}`);
    const { state } = stepOf(leader, { type: 'learners', nodes: ['b', ...many, ...many] });
    expect(leadingOf(state).learners).toEqual(many.slice(0, LIMITS.learnersMax));
    expect(Object.keys(leadingOf(state).progress)).toHaveLength(2 + LIMITS.learnersMax);
  });

  it('makes a learner a voter that lacks no more than the limit', () => {
    const cluster = electLeader(['a', 'b'], ['a']);
    cluster.take('a', { type: 'learners', nodes: ['b'] });
    for (let at = 0; at <= LIMITS.raftLagMax; at++) cluster.take('a', { type: 'propose', entry });
    cluster.run(1_000);
    const leader = stateOf(cluster, 'a');
    const lagging = (by: number): RaftState => withProgress(leader, 'b', { match: leader.log.commit - by });
    const reseat = { type: 'reseat', voters: ['a', 'b'] } as const;
    expect(stepOf(lagging(LIMITS.raftLagMax), reseat).refusals).toEqual([]);
    expect(stepOf(lagging(LIMITS.raftLagMax + 1), reseat).refusals).toEqual([{ what: 'reseat', why: 'behind' }]);
  });

  it('waits for a peer that fetches the log for so long', () => {
    const leader = stateOf(electLeader(['a', 'b', 'c']), 'a');
    const behind = withProgress(leader, 'b', { mode: 'probing', paused: false, match: 0, next: 1 });
    const trimmed: RaftState = {
      ...behind,
      log: { ...behind.log, base: { ...behind.log.base, index: 1 }, records: [] },
    };
    const sent = stepOf(trimmed, { type: 'learners', nodes: ['d'] }, 5_000).state;
    expect(leadingOf(sent).progress.b?.mode).toBe('installing');
    const modeAt = (monotonic: number): string | undefined => {
      const heard = withProgress(sent, 'c', { heardAt: monotonic });
      return leadingOf(stepOf(heard, { type: 'tick' }, monotonic).state).progress.b?.mode;
    };
    expect(modeAt(5_000 + LIMITS.raftInstallMs - 1)).toBe('installing');
    expect(modeAt(5_000 + LIMITS.raftInstallMs)).toBe('probing');
  });
});
