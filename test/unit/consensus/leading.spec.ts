import { beforeEach, describe, expect, it } from 'vitest';
import type { Command, Entry, LogRecord } from '../../../src/contract/entries.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Json, NodeId } from '../../../src/contract/words.ts';
import type { ProveParams } from '../../../src/organs/consensus/actors.ts';
import { isEntry, isWhole } from '../../../src/organs/consensus/soundness.ts';
import { GENOMES, invite, joinRequest, nodeOf } from './logbook.ts';
import { LoneOrgan } from './lone-organ.ts';

const founder = nodeOf('founder');
let leader: LoneOrgan;

beforeEach(() => {
  leader = LoneOrgan.leader();
});

const view = () => {
  if (leader.facts.view === null) throw new Error('the founding is proven');
  return leader.facts.view;
};
const tree = () => Object.keys(view().trees)[0] ?? '';
const propose = (command: Command, from?: NodeId) => leader.give('consensus.propose', { command }, from);
const set = (key: string, expected = 0) =>
  propose({ type: 'set', tree: tree(), writes: [{ key, expected, value: 1 }] });
const config = (key: string) => propose({ type: 'config', key, value: 1 });
const answers = () => leader.effectsOf('answer').map(({ outcome }) => outcome);

/** Members in the slots after the founder, all of whose flushes are known. */
function populate(...names: readonly string[]): void {
  const { signer, open } = invite('crowd', 9_999_999, names.length);
  propose({ type: 'invite', invitation: open });
  for (const [index, name] of names.entries()) {
    leader.give('consensus.join', joinRequest(view().organism, name, signer), nodeOf(name));
    if (index % LIMITS.joinBatchMax === 0) leader.flush();
  }
  leader.flush();
  for (const name of names) flushedAt(name, view().version);
}

function flushedAt(name: string, version: number): void {
  leader.answer('consensus.flushed', nodeOf(name), { version });
}

function pushes(): { readonly to: NodeId; readonly indices: readonly number[]; readonly version: number }[] {
  return leader.effectsOf('ask').map(({ to, body }) => {
    const { records, proof } = body as unknown as { records: LogRecord[]; proof: { version: number } };
    return { to, indices: records.map(({ index }) => index), version: proof.version };
  });
}

describe('the leader', () => {
  it('answers nothing before its own disk has it', () => {
    config('k');
    expect(leader.effects.map(({ effect }) => effect)).toEqual(['defer', 'run']);
    expect(leader.facts.view?.version).toBe(2);
    leader.flush();
    expect(answers()).toEqual([{ ok: true, body: { version: 3 } }]);
    expect(leader.facts.waiting).toEqual([]);
  });

  it('answers what holds already at once, but not before it is committed', () => {
    const { open } = invite('i', 9_999_999);
    propose({ type: 'invite', invitation: open });
    propose({ type: 'invite', invitation: open });
    expect(leader.effectsOf('reply')).toEqual([]);
    leader.flush();
    expect(answers()).toEqual([
      { ok: true, body: { version: 3 } },
      { ok: true, body: { version: 3 } },
    ]);
    propose({ type: 'invite', invitation: open });
    expect(leader.effects).toEqual([{ effect: 'reply', body: { version: 3 } }]);
  });

  it('vouches for what was appended meanwhile with the next proof, one at a time, so many entries at most', () => {
    for (let index = 0; index <= LIMITS.commitBatchMax; index++) config(`k${index % 9}`);
    const covered = () => leader.effectsOf('run').map(({ params }) => (params as ProveParams).claim?.version);
    leader.prove();
    expect(view().version).toBe(3);
    expect(covered()).toEqual([3 + LIMITS.commitBatchMax]);
    config('meanwhile');
    expect(covered()).toEqual([]);
    leader.prove();
    expect(view().version).toBe(3 + LIMITS.commitBatchMax);
    expect(covered()).toEqual([4 + LIMITS.commitBatchMax]);
    leader.prove();
    expect(leader.facts).toMatchObject({ trail: [], proving: false, waiting: [] });
  });

  it('refuses for others what they must ask themselves, and passes nothing on', () => {
    const follower = new LoneOrgan('a');
    follower.give('consensus.propose', { command: { type: 'leave', node: nodeOf('b') } }, nodeOf('b'));
    expect(follower.effects).toMatchObject([{ effect: 'refuse', code: 'no-authority' }]);
  });

  it('condemns many at once with entries that still fit a message', () => {
    const names = Array.from({ length: 300 }, (_, index) => `cell ${index}`);
    populate(...names);
    const lost = names.filter((_, index) => index % 10 !== 0).map(nodeOf);
    leader.give('pulse.condemned', { nodes: [...lost, founder] });
    const entries = leader.facts.trail.map(({ record }) => record.entry);
    expect(entries.length).toBe(Math.ceil(lost.length / (LIMITS.replaceMovesMax / 2 / GENOMES.length)));
    for (const entry of entries) {
      expect(isEntry(entry)).toBe(true);
      expect((entry as Extract<Entry, { type: 'REPLACE' }>).moves.length).toBeLessThanOrEqual(LIMITS.replaceMovesMax);
      expect(JSON.stringify(entry).length).toBeLessThan(LIMITS.messageBytesMax / 2);
    }
    const map = leader.facts.appended?.trees[tree()];
    expect(map?.slots.map(({ node }) => node).filter((node) => lost.includes(node))).toEqual([]);
    expect(map !== undefined && isWhole(map)).toBe(true);
    expect(map?.slots).toHaveLength(1 + names.length - lost.length);
  });
});

describe('pushing', () => {
  it('gives the four lowest live slots what they lack, one push at a time', () => {
    populate('a', 'b', 'c', 'd', 'e');
    const { version } = view();
    leader.give('pulse.changed', { node: nodeOf('b'), state: 'dead' });
    config('k1');
    leader.flush();
    const replicas = ['a', 'c', 'd', 'e'].map(nodeOf);
    expect(pushes()).toEqual(replicas.map((to) => ({ to, indices: [version + 1], version: version + 1 })));
    for (const key of ['k2', 'k3']) {
      config(key);
      leader.flush();
      expect(pushes()).toEqual([]);
    }
    // What gathered meanwhile goes with the next one, as soon as it has room.
    flushedAt('c', version + 1);
    const next = { to: nodeOf('c'), indices: [version + 2, version + 3], version: version + 3 };
    expect(pushes()).toEqual([next]);
    flushedAt('c', version + 3);
    expect(pushes()).toEqual([]);
  });

  it('tells the children that are no replicas, who hand it on', () => {
    populate('a', 'b', 'c', 'd', 'e');
    const children = ['a', 'e', 'f'].map(nodeOf);
    leader.give('tree.edges', { tree: tree(), parent: null, children });
    config('k');
    leader.flush();
    expect(leader.effectsOf('tell').map(({ to }) => to)).toEqual([nodeOf('e'), nodeOf('f')]);
  });

  it('makes a push again that was not answered, while somebody waits for it, and no longer', () => {
    populate('a', 'b');
    set('k');
    leader.flush();
    const first = pushes();
    expect(first.map(({ to }) => to)).toEqual([nodeOf('a'), nodeOf('b')]);
    expect(leader.effectsOf('timer')).toMatchObject([{ name: 'consensus.pushAgain' }]);
    flushedAt('a', view().version);
    leader.monotonic += 250;
    leader.give('consensus.pushAgain', undefined);
    expect(pushes()).toEqual(first.slice(1));
    leader.answer('consensus.flushed', nodeOf('b'), { code: 'deadline' });
    leader.monotonic += 1;
    leader.give('consensus.pushAgain', undefined);
    expect(pushes()).toEqual(first.slice(1));
    flushedAt('b', view().version);
    expect(answers()).toMatchObject([{ ok: true }]);
    leader.monotonic += 250;
    leader.give('consensus.pushAgain', undefined);
    expect(leader.effects).toEqual([]);
  });

  it('starts where a node says it is, or leaves it to fetch what is not at hand', () => {
    populate('a');
    config('k');
    leader.flush();
    const { version } = view();
    flushedAt('a', version - 2);
    config('k');
    leader.monotonic += 250;
    leader.flush();
    expect(pushes()).toEqual([{ to: nodeOf('a'), indices: [version - 1, version, version + 1], version: version + 1 }]);
    for (let index = 0; index <= LIMITS.pushRecordsMax; index++) {
      config('k');
      leader.flush();
    }
    expect(leader.facts.recent).toHaveLength(LIMITS.pushRecordsMax);
    leader.monotonic += 250;
    config('k');
    leader.flush();
    expect(pushes()).toMatchObject([{ to: nodeOf('a'), indices: [] }]);
  });

  it('asks no more of a node that gets nowhere than once a time', () => {
    populate('a');
    config('k');
    leader.flush();
    const { version } = view();
    flushedAt('a', version - 1);
    expect(pushes()).toEqual([]);
  });

  it('does not believe a node that claims more than there is', () => {
    populate('a', 'b');
    flushedAt('a', Number.MAX_SAFE_INTEGER);
    expect(leader.facts.flushed[nodeOf('a')]).toBe(view().version);
    set('k');
    leader.flush();
    expect(answers()).toEqual([]);
    expect(leader.facts.waiting).toHaveLength(1);
  });
});

describe('answers that are owed', () => {
  it('are bounded in number: the next command is busy until some are given up', () => {
    populate('a', 'b');
    for (let index = 0; index < LIMITS.proposalsPendingMax; index++) {
      const { facts } = leader;
      leader.facts = { ...facts, waiting: [...facts.waiting, owed(index)] };
    }
    leader.facts = { ...leader.facts, waiting: leader.facts.waiting.slice(1) };
    set('last');
    expect(leader.effects[0]).toMatchObject({ effect: 'defer' });
    set('one more');
    expect(leader.effects).toMatchObject([{ effect: 'refuse', code: 'busy', retryAfterMs: expect.any(Number) }]);
    leader.monotonic = LIMITS.answersOwedMs;
    set('one more');
    expect(answers()).toHaveLength(LIMITS.proposalsPendingMax);
    expect(new Set(answers().map((outcome) => !outcome.ok && outcome.code))).toEqual(new Set(['deadline']));
    expect(leader.facts.waiting).toEqual([]);
    set('at last');
    expect(leader.effects[0]).toMatchObject({ effect: 'defer' });
  });

  it('are given up when nobody can be waiting any more', () => {
    populate('a', 'b');
    set('k');
    leader.flush();
    leader.monotonic = LIMITS.answersOwedMs - 1;
    leader.give('consensus.pushAgain', undefined);
    expect(leader.facts.waiting).toHaveLength(1);
    leader.monotonic += 1;
    leader.give('consensus.pushAgain', undefined);
    expect(answers()).toEqual([{ ok: false, code: 'deadline' }]);
    expect(leader.effectsOf('timer')).toEqual([]);
  });

  it('are as bounded at a node that waits for its own copy', () => {
    const follower = new LoneOrgan('a');
    follower.facts = { ...follower.facts, view: view() };
    const version = view().version + 1;
    const answer = () => follower.answer('consensus.forwarded', founder, { version }, 'forward-1');
    answer();
    expect(follower.facts.waiting).toMatchObject([{ token: 'forward-1', needs: 'local', version }]);
    follower.facts = { ...follower.facts, waiting: Array(LIMITS.proposalsPendingMax).fill(owed(1)) };
    answer();
    expect(follower.effectsOf('answer')).toMatchObject([{ token: 'forward-1', outcome: { ok: false } }]);
    follower.monotonic = LIMITS.answersOwedMs;
    answer();
    expect(follower.facts.waiting).toHaveLength(1);
  });

  function owed(index: number) {
    const body: Json = null;
    return {
      token: `t${index}`,
      version: 99_999,
      needs: 'copies' as const,
      copies: 3,
      epoch: 0,
      body,
      until: LIMITS.answersOwedMs,
    };
  }
});
