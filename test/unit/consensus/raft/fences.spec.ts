import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../../src/contract/entries.ts';
import { begin, type Outcome, type RaftBody, type RaftState } from '../../../../src/organs/consensus/raft/index.ts';
import { hashRecord } from '../../../../src/organs/consensus/records.ts';
import { electLeader, leadingOf, sentBy, stateOf, stepOf } from './leader.ts';

const cluster = electLeader(['a', 'b', 'c']);
const leader = stateOf(cluster, 'a');
const follower = stateOf(cluster, 'b');

const fence = { generation: 1, epoch: 1 };

function take(state: RaftState, from: string, body: RaftBody, changes: Partial<typeof fence> = {}): Outcome {
  return stepOf(state, { type: 'receive', from, message: { ...body, ...fence, ...changes } });
}

function recordAfter(before: { index: number; hash: string }, epoch: number, value = 'x'): LogRecord {
  const entry = { type: 'CONFIG', key: 'k', value } as const;
  const record = { generation: 1, epoch, index: before.index + 1, at: 0, entry };
  return { ...record, hash: hashRecord(before.hash, record) };
}

const first = follower.log.records[0] as LogRecord;
const append = (records: readonly LogRecord[], after = { index: 1, epoch: 1 }, commit = 1): RaftBody => ({
  type: 'append',
  after,
  records,
  commit,
});

describe('the fence', () => {
  it('keeps out what belongs to another generation: the later one is told of, the earlier one is told so', () => {
    const later = take(follower, 'a', append([recordAfter(first, 1)]), { generation: 2 });
    expect(later.state).toEqual(follower);
    expect(later.notices).toEqual([{ notice: 'superseded', peer: 'a', generation: 2 }]);
    expect(later.messages).toEqual([]);
    const newer = { ...follower, generation: 2 };
    const earlier = take(newer, 'a', append([recordAfter(first, 1)]));
    expect(earlier.state).toEqual(newer);
    expect(earlier.messages).toEqual([{ to: 'a', message: { type: 'stale', generation: 2, epoch: 1 } }]);
    // An answer is not answered, else two nodes would tell each other for ever.
    expect(take(newer, 'a', { type: 'stale' }).messages).toEqual([]);
  });

  it('keeps out the acknowledgements of an earlier epoch', () => {
    const later: RaftState = { ...leader, epoch: 2 };
    const { state } = take(later, 'b', { type: 'appended', index: 1, abstains: false });
    expect(state).toEqual(later);
  });

  it("keeps out acknowledgements of what the leader never sent, and of nodes that it doesn't replicate to", () => {
    const beyond = take(leader, 'b', { type: 'appended', index: 7, abstains: false });
    expect(leadingOf(beyond.state).progress.b?.match).toBe(1);
    expect(take(leader, 'stranger', { type: 'appended', index: 1, abstains: false }).state).toEqual(leader);
  });

  it('counts no votes of strangers, and the first word of each voter only', () => {
    const asking = stepOf({ ...follower, role: { ...follower.role, leader: null } as never }, { type: 'campaign' });
    const yes = { type: 'preVoted', asked: 2, granted: true } as const;
    expect(take(asking.state, 'stranger', yes).state.role.mode).toBe('canvassing');
    const twice = take(take(asking.state, 'a', { ...yes, granted: false }).state, 'a', yes);
    expect(twice.state.role.mode).toBe('canvassing');
    expect(take(twice.state, 'c', yes).state.role.mode).toBe('campaigning');
    // An answer to a question of before is none.
    expect(take(asking.state, 'a', { ...yes, asked: 1 }).state.role).toEqual(asking.state.role);
  });

  it('obeys no second leader of its own epoch', () => {
    const other = take(leader, 'b', append([recordAfter(first, 1)]));
    expect(other.state).toEqual(leader);
    expect(other.messages).toEqual([]);
  });
});

describe('a follower', () => {
  it('takes no records that contradict what is committed, and tells of it', () => {
    const root = follower.log.base;
    const outcome = take(follower, 'a', append([recordAfter(root, 1, 'another')], { index: 0, epoch: 0 }));
    expect(outcome.writes).toBeNull();
    expect(outcome.notices).toEqual([{ notice: 'contradicted', peer: 'a' }]);
    expect(outcome.state.log).toEqual(follower.log);
  });

  it("takes no records that don't hold together, and tells of it", () => {
    const good = recordAfter(first, 1);
    for (const bad of [{ ...good, hash: 'f'.repeat(64) }, { ...good, at: 7 }, recordAfter(good, 1)]) {
      const outcome = take(follower, 'a', append([bad]));
      expect(outcome.writes).toBeNull();
      expect(outcome.notices).toEqual([{ notice: 'contradicted', peer: 'a' }]);
    }
  });

  it("commits no further than where its log is surely the leader's", () => {
    // Its own tail is of an epoch that lost; the leader's commit index is meant for another one.
    const tail = [recordAfter(first, 1, 'a'), recordAfter(recordAfter(first, 1, 'a'), 1, 'b')];
    const long = take(follower, 'a', append(tail)).state;
    const { state, committed } = take(long, 'c', append([], undefined, 3), { epoch: 2 });
    expect(committed).toEqual([]);
    expect(state.log.commit).toBe(1);
    const beat: RaftBody = { type: 'heartbeat', commit: { index: 3, epoch: 2 }, round: 1, sentAt: 0 };
    const heard = take(long, 'c', beat, { epoch: 2 });
    expect(heard.committed).toEqual([]);
    expect(heard.messages[0]?.message).toMatchObject({ type: 'heard', lacks: true });
  });

  it("acknowledges no further than where its log is surely the leader's", () => {
    const tail = take(follower, 'a', append([recordAfter(first, 1, 'a')]));
    const stable = stepOf(tail.state, { type: 'flushed', ticket: tail.writes?.ticket ?? 0 }).state;
    expect(stable.log.stable).toBe(2);
    const { messages } = take(stable, 'c', append([]), { epoch: 2 });
    expect(messages[0]?.message).toMatchObject({ type: 'appended', index: 1 });
  });

  it('votes by its log: an earlier epoch loses however long, and a shorter log of the same', () => {
    const long = take(follower, 'a', append([recordAfter(first, 1)])).state;
    const voteOf = (last: { index: number; epoch: number }): boolean => {
      return sentBy(take(long, 'c', { type: 'vote', last, byTransfer: true }, { epoch: 5 }), 'voted').granted;
    };
    expect(voteOf({ index: 2, epoch: 1 })).toBe(true);
    expect(voteOf({ index: 1, epoch: 2 })).toBe(true);
    expect(voteOf({ index: 1, epoch: 1 })).toBe(false);
    expect(voteOf({ index: 9, epoch: 0 })).toBe(false);
  });

  it('gives its vote away once, even while it canvasses itself', () => {
    const forgetful = { ...follower, role: { ...follower.role, leader: null, heardAt: -9_999 } as never };
    const asking = stepOf({ ...forgetful, epoch: 2, vote: null }, { type: 'campaign' }).state;
    const vote = { type: 'vote', last: { index: 1, epoch: 1 }, byTransfer: false } as const;
    const voted = take(asking, 'a', vote, { epoch: 2 });
    expect(voted.writes?.ballot).toEqual({ generation: 1, epoch: 2, vote: 'a' });
    expect(voted.messages[0]?.message).toMatchObject({ type: 'voted', granted: true });
    expect(take(voted.state, 'c', vote, { epoch: 2 }).messages[0]?.message).toMatchObject({ granted: false });
    expect(take(voted.state, 'a', vote, { epoch: 2 }).messages[0]?.message).toMatchObject({ granted: true });
  });

  it('gives no vote while it abstains, not even when the leader asks for it', () => {
    const abstaining = { ...follower, abstains: true };
    const vote = { type: 'vote', last: { index: 9, epoch: 9 }, byTransfer: true } as const;
    expect(take(abstaining, 'c', vote, { epoch: 9 }).messages[0]?.message).toMatchObject({
      type: 'voted',
      granted: false,
    });
    expect(take(abstaining, 'a', { type: 'transfer' }).state.role.mode).toBe('following');
  });
});

describe('a node', () => {
  it.each([
    ['keeps a promise to its leader over a restart, where leases are on', true, 0],
    ['has promised nothing where they are off', false, 1],
  ] as const)('%s', (_, lease, answers) => {
    const { disk } = cluster.node('b');
    const tuning = { ...cluster.tuning, lease };
    const restarted = begin(disk.origin('b', false), tuning, { monotonic: 10_000, wall: 0, chance: 0 });
    const message = { type: 'preVote', last: { index: 9, epoch: 9 }, ...fence } as const;
    const answersAt = (monotonic: number): number =>
      stepOf(restarted, { type: 'receive', from: 'c', message }, monotonic).messages.length;
    expect(answersAt(10_000 + tuning.electionMinMs - 1)).toBe(answers);
    expect(answersAt(10_000 + tuning.electionMinMs)).toBe(1);
  });

  it('proposes no change of voters: that is for reseat', () => {
    const entry = { type: 'VOTERS', voters: ['a'] } as const;
    expect(() => stepOf(leader, { type: 'propose', entry })).toThrow('not for proposals');
  });
});
