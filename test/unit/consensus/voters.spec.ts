import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../src/contract/entries.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Json, NodeId, Proof } from '../../../src/contract/words.ts';
import type { Vouch } from '../../../src/organs/consensus/facts.ts';
import { linkAfter } from '../../../src/organs/consensus/links.ts';
import type { RaftMessage } from '../../../src/organs/consensus/raft/index.ts';
import { isProven, nextRecord, proofClaim } from '../../../src/organs/consensus/records.ts';
import { seatsIn, votersFor } from '../../../src/organs/consensus/seating.ts';
import { makeView, nodeName } from '../../stage/organism.ts';
import { invite, joinRequest, nodeOf, signerOf, verify } from './logbook.ts';
import { LoneOrgan } from './lone-organ.ts';

describe('seats', () => {
  it('are one for up to two cells, three for up to four, else five', () => {
    expect([1, 2, 3, 4, 5, 6, 100].map(seatsIn)).toEqual([1, 1, 3, 3, 5, 5, 5]);
  });

  it('belong to the lowest slots of the first tree whose nodes are fit, as many as the fit ones need', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 12 }, (_, at) => nodeName(at)),
          { minLength: 1 },
        ),
        fc.func(fc.boolean()),
        (nodes, luck) => {
          const isFit = (node: NodeId) => luck(node);
          const view = makeView(nodes, { trees: { first: nodes, second: [...nodes].reverse() } });
          const voters = votersFor(view, isFit);
          const fit = nodes.filter(isFit);
          expect(voters).toEqual(fit.slice(0, seatsIn(fit.length)));
        },
      ),
    );
  });
});

/** A leader and the two nodes that it has let in, whose answers a test gives by hand. */
class Leader {
  readonly organ = LoneOrgan.leader();

  constructor(...names: readonly string[]) {
    for (const name of names) {
      const { signer, open } = invite(`for ${name}`, 10_000_000);
      this.organ.give('consensus.propose', { command: { type: 'invite', invitation: open } }).flush();
      const request = joinRequest(this.organ.facts.view?.organism ?? '', name, signer);
      this.organ.give('consensus.join', request, nodeOf(name)).flush();
    }
  }

  get raft() {
    const { raft } = this.organ.facts;
    if (raft === null) throw new Error('it has no log');
    return raft;
  }

  get end(): number {
    return this.raft.log.records.at(-1)?.index ?? this.raft.log.base.index;
  }

  set(value: Json): void {
    this.organ.give('consensus.propose', { command: { type: 'config', key: 'k', value } }).flush();
  }

  /** A peer has everything up to `index` on its disk, and signs for `signed`. */
  acknowledge(name: string, index = this.end, signed: number | null = index, changes: Partial<Vouch> = {}): void {
    const { generation, epoch } = this.raft;
    const message: RaftMessage = { type: 'appended', index, abstains: false, generation, epoch };
    const vouch = signed === null ? {} : { vouch: { ...this.vouch(name, signed), ...changes } };
    this.organ.give('consensus.heard', {
      to: nodeOf(name),
      outcome: { ok: true, body: { messages: [message], ...vouch } },
    });
    this.organ.flush();
  }

  vouch(name: string, version: number): Vouch {
    const { raft } = this;
    const place = raft.log.records.find(({ index }) => index === version) ?? raft.log.base;
    const organism = this.organ.facts.view?.organism ?? '';
    const claim = { organism, generation: raft.generation, epoch: place.epoch, version, hash: place.hash };
    return { version, hash: place.hash, signature: signerOf(name).sign('view', proofClaim(claim)) };
  }

  get proven(): number {
    return this.organ.facts.view?.version ?? 0;
  }

  /** Until the change of voters is over. */
  seat(): void {
    for (let round = 0; round < 6; round++) for (const name of ['a', 'b']) this.acknowledge(name);
  }

  /** What it asks for in the last step. */
  get asked(): readonly (readonly [string, string])[] {
    const names = new Map(['a', 'b'].map((name) => [nodeOf(name), name]));
    return this.organ.effectsOf('ask').map(({ to, kind }) => [names.get(to) ?? to, kind] as const);
  }
}

/** What `a` says once it leads in a later epoch: its first entry in the place of what was not proven, and the proof. */
function successorOf(leader: Leader, epoch: number): { readonly records: readonly LogRecord[]; readonly proof: Proof } {
  const { view } = leader.organ.facts;
  if (view === null) throw new Error('it has no view');
  const record = nextRecord(view, { type: 'LEAD', leader: nodeOf('a') }, epoch, 1);
  const { organism, generation } = view;
  const claim = { organism, generation, epoch, version: record.index, hash: record.hash };
  const signatures = ['a', 'b'].map((name) => ({
    node: nodeOf(name),
    signature: signerOf(name).sign('view', proofClaim(claim)),
  }));
  return { records: [record], proof: { ...claim, signatures } };
}

describe('a leader of three', () => {
  let leader: Leader;
  beforeEach(() => {
    leader = new Leader('a', 'b');
    leader.seat();
    expect(leader.raft.log.electorate.voters).toHaveLength(3);
    expect(leader.proven).toBe(leader.end);
  });

  it('has a proof under which both lists of the change have signed, for those who come later', () => {
    const link = linkAfter(leader.organ.store, 1, 0);
    const { members = {} } = leader.organ.facts.view ?? {};
    const voters = leader.raft.log.electorate.voters;
    for (const list of [[nodeOf('founder')], voters])
      expect(link !== undefined && isProven(link, [list], (node) => members[node]?.spki, verify)).toBe(true);
  });

  it('adopts what it has appended only with a majority of signatures', () => {
    const before = leader.proven;
    leader.set(1);
    expect(leader.proven).toBe(before);
    leader.acknowledge('a');
    expect(leader.proven).toBe(before + 1);
  });

  it('asks once more where the acknowledgements do not meet at one version', () => {
    const before = leader.proven;
    leader.set(1);
    leader.set(2);
    // It is committed by two disks, but one has signed for less, and its own signature is for more.
    leader.acknowledge('a', leader.end, null);
    expect(leader.proven).toBe(before);
    expect(leader.asked).toContainEqual(['a', 'consensus.vouch']);
    leader.organ.give('consensus.vouched', {
      to: nodeOf('a'),
      outcome: { ok: true, body: leader.vouch('a', leader.end) },
    });
    leader.organ.flush();
    expect(leader.proven).toBe(before + 2);
  });

  it.each<[string, Partial<Vouch>]>([
    ['under another hash', { hash: 'f'.repeat(64) }],
    ['that is not its own', { signature: signerOf('b').sign('view', new Uint8Array(3)) }],
    ['for a version that is not there', { version: 999 }],
  ])('takes no signature %s', (_, changes) => {
    const before = leader.proven;
    leader.set(1);
    leader.acknowledge('a', leader.end, leader.end, changes);
    expect(leader.proven).toBe(before);
  });

  it('counts no word of a voter whose disk may have forgotten, and lets it go as one', () => {
    const before = leader.proven;
    leader.organ.monotonic += 60_000;
    leader.set(1);
    const { generation, epoch } = leader.raft;
    const message: RaftMessage = { type: 'appended', index: leader.end, abstains: true, generation, epoch };
    leader.organ.give('consensus.heard', { to: nodeOf('a'), outcome: { ok: true, body: { messages: [message] } } });
    leader.organ.flush();
    expect(leader.proven).toBe(before);
    leader.acknowledge('b');
    const changes = leader.raft.log.records.flatMap(({ entry }) => (entry.type === 'VOTERS' ? [entry.voters] : []));
    expect(changes).toContainEqual([nodeOf('founder')]);
  });

  it('answers who waits for an entry that another leader has put something else in the place of', () => {
    leader.organ.give('consensus.propose', { command: { type: 'config', key: 'k', value: 'lost' } });
    const [deferred] = leader.organ.effectsOf('defer');
    const { generation, epoch } = leader.raft;
    const heartbeat: RaftMessage = {
      type: 'heartbeat',
      commit: { index: leader.proven, epoch },
      round: 1,
      sentAt: 0,
      generation,
      epoch: epoch + 1,
    };
    leader.organ.give('consensus.raft', { messages: [heartbeat] }, nodeOf('a'));
    expect(leader.raft.role.mode).toBe('following');
    expect(leader.organ.facts.waiting.map(({ token }) => token)).toContain(deferred?.token);
    // The new leader's first entry is at that place.
    const successor = successorOf(leader, epoch + 1);
    leader.organ.give('consensus.append', successor, nodeOf('a'));
    expect(leader.organ.effectsOf('answer')).toContainEqual({
      effect: 'answer',
      token: deferred?.token,
      outcome: expect.objectContaining({ ok: false, code: 'no-authority' }),
    });
  });

  it('writes down once what is odd about another voter', () => {
    const { generation, epoch } = leader.raft;
    // It lacks what it had acknowledged.
    const heard: RaftMessage = { type: 'heard', round: 1, sentAt: 0, lacks: true, abstains: false, generation, epoch };
    const reports = [1, 2, 3].map(() => {
      leader.organ.give('consensus.heard', { to: nodeOf('a'), outcome: { ok: true, body: { messages: [heard] } } });
      return leader.organ.effectsOf('run').filter(({ name }) => name === 'report').length;
    });
    expect(reports).toEqual([1, 0, 0]);
    const noticed = Array.from({ length: LIMITS.noticesKept }, (_, at) => `forgot ${at}`);
    leader.organ.facts = { ...leader.organ.facts, noticed };
    leader.acknowledge('b');
    leader.organ.give('consensus.heard', { to: nodeOf('b'), outcome: { ok: true, body: { messages: [heard] } } });
    expect(leader.organ.facts.noticed).toEqual([...noticed.slice(1), `forgot ${nodeOf('b')}`]);
  });
});
