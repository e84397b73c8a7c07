import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Entry, LogRecord } from '../../../src/contract/entries.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Json, Proof, View } from '../../../src/contract/words.ts';
import { nextRecord, proofClaim } from '../../../src/organs/consensus/records.ts';
import { foundingOf, invite, Logbook, memberOf, nodeOf, signerOf } from './logbook.ts';
import { LoneOrgan, momentAt } from './lone-organ.ts';

const founder = nodeOf('founder');
let log: Logbook;
let organ: LoneOrgan;

beforeEach(() => {
  log = new Logbook();
  log.join('a', 'b');
  organ = new LoneOrgan('a');
});

const append = (records: readonly LogRecord[], proof: Proof = log.proof(), from = founder) =>
  organ.give('consensus.append', { records, proof }, from);
const replied = (version: number) => ({ effect: 'reply', body: { version } });
const refused = (code: string) => ({ effect: 'refuse', code, detail: expect.any(String) });
const asked = () => organ.effectsOf('ask');
const set = (key: string, value: Json) =>
  log.propose({ type: 'set', tree: log.tree(), writes: [{ key, expected: 0, value }] });

/** Nothing was taken over, written, told or signalled. */
function untouched(before: LoneOrgan['facts']): void {
  const { view, proof, appended, waiting } = before;
  expect(organ.facts).toMatchObject({ view, proof, appended, waiting });
  expect(organ.step.writes ?? []).toEqual([]);
  expect(organ.effectsOf('emit')).toEqual([]);
  expect(organ.signals).toEqual([]);
}

describe('an append', () => {
  it('that goes on from here is written, told and answered with how far the disk is', () => {
    append(log.records);
    expect(organ.facts.view).toEqual(log.view);
    expect(organ.effectsOf('reply')).toEqual([replied(log.view.version)]);
    const [committed, led] = organ.effectsOf('emit');
    expect(led?.body).toEqual({ leader: founder, epoch: 1 });
    expect(committed?.body).toMatchObject({ view: log.view, previous: log.view, proof: log.proof() });
    expect(organ.signals).toEqual([{ type: 'consensus.admitted' }]);
    expect([...organ.store.range('log')].map(([, record]) => record)).toEqual(log.records);
    expect(new LoneOrgan('a', { store: organ.store }).organ.begin(organ.store, momentAt(0)).facts).toMatchObject({
      view: log.view,
      proof: log.proof(),
    });
  });

  it('that brings registers writes each once, as the last record says', () => {
    append(log.records);
    set('x', 1);
    log.propose({ type: 'set', tree: log.tree(), writes: [{ key: 'x', expected: log.view.version, value: 2 }] });
    const { version } = log.view;
    append(log.after(version - 2));
    const registers = (organ.step.writes ?? []).filter(({ table }) => table === 'registers');
    expect(registers).toEqual([{ table: 'registers', key: `${log.tree()}/x`, value: { value: 2, version } }]);
    // The slots did not change, so the view is not written anew.
    expect((organ.step.writes ?? []).map(({ key }) => key)).not.toContain('view');
  });

  it('that is known already changes nothing and is not handed on', () => {
    organ.give('tree.edges', { tree: log.tree(), parent: null, children: [nodeOf('b')] });
    append(log.records);
    expect(organ.effectsOf('tell')).toHaveLength(1);
    for (const records of [log.records, log.after(3), []]) {
      const before = organ.facts;
      append(records);
      untouched(before);
      expect(organ.effects).toEqual([replied(log.view.version)]);
    }
  });

  it('older than what is here changes nothing', () => {
    const old = log.proof(3);
    append(log.records);
    const before = organ.facts;
    append(log.records.slice(0, 3), old);
    untouched(before);
  });

  it('overlapping with what is here takes only the news', () => {
    append(log.records.slice(0, 3), log.proof(3));
    append(log.records);
    expect(organ.facts.view).toEqual(log.view);
  });

  it('is handed on once to the children of every tree, but never back', () => {
    organ.give('tree.edges', { tree: log.tree(), parent: founder, children: [nodeOf('b'), nodeOf('c')] });
    organ.give('tree.edges', { tree: log.tree('ftreeFileMgr'), parent: nodeOf('b'), children: [founder, nodeOf('c')] });
    append(log.records);
    expect(organ.effectsOf('tell').map(({ to, kind }) => [to, kind])).toEqual([
      [nodeOf('b'), 'consensus.append'],
      [nodeOf('c'), 'consensus.append'],
    ]);
  });

  it('with a gap is answered with how far this node is, which then fetches what is missing', () => {
    append(log.records.slice(0, 2), log.proof(2));
    set('x', 1);
    for (const records of [log.after(4), [], log.records.slice(0, 4)]) {
      append(records);
      expect(organ.facts.view?.version).toBe(2);
      expect(organ.effectsOf('reply')).toEqual([replied(2)]);
    }
    expect(organ.facts.gathering).toEqual({ peer: founder, pages: [], after: 2, lineage: [] });
  });

  it('is refused by a leader, who has no other', () => {
    const leader = LoneOrgan.leader();
    const { view } = leader.facts;
    leader.give('consensus.append', { records: log.records, proof: log.proof() }, nodeOf('b'));
    expect(leader.facts.view).toBe(view);
  });
});

describe('an append that the voters do not vouch for', () => {
  const forgeries: { [what: string]: () => [readonly LogRecord[], Proof] } = {
    'signed by somebody else': () => [log.records, log.proof(undefined, signerOf('b'))],
    'signed by somebody else under a voter’s name': () => {
      const [signature] = log.proof(undefined, signerOf('b')).signatures;
      return [log.records, { ...log.proof(), signatures: [{ node: founder, signature: signature?.signature ?? '' }] }];
    },
    unsigned: () => [log.records, { ...log.proof(), signatures: [] }],
    'of another version': () => [log.records, { ...log.proof(), version: 3 }],
    'of another epoch': () => [log.records, { ...log.proof(), epoch: 2 }],
    'of another organism': () => {
      const other = new Logbook(foundingOf('thief'));
      return [other.records, other.proof(undefined, signerOf('thief'))];
    },
    'with a changed record': () => [log.records.with(3, { ...(log.records[3] as LogRecord), at: 1 }), log.proof()],
    'with a record between': () => [log.records.toSpliced(3, 0, log.records[3] as LogRecord), log.proof()],
    'that goes beyond its proof': () => [log.records, log.proof(4)],
  };

  it.each(Object.keys(forgeries))('%s changes nothing, and nothing is fetched for it', (what) => {
    const before = organ.facts;
    const [records, proof] = forgeries[what]?.() ?? [[], log.proof()];
    append(records, proof);
    untouched(before);
    expect(organ.effects).toEqual([refused('unproven')]);
    expect(organ.facts.gathering).toBeNull();
  });

  it('with a forged founding changes nothing', () => {
    const { founding } = log;
    const changes = [{ config: { open: true } }, { nonce: 'x' }, { founder: memberOf('b') }, { charter: '' }];
    for (const change of changes) {
      const forged = new Logbook({ ...founding, ...change });
      const proof = { ...forged.proof(), organism: log.organism };
      const before = organ.facts;
      append(forged.records, proof);
      untouched(before);
      expect(organ.effects).toEqual([refused('unproven')]);
    }
  });

  it('can not name its own voters, neither to a newcomer nor to a follower', () => {
    log.add({ type: 'VOTERS', voters: [nodeOf('b')] });
    const proof = log.proof(undefined, signerOf('b'));
    append(log.records, proof);
    expect(organ.facts.view).toBeNull();
    append(log.records.slice(0, -1), log.proof(log.records.length - 1));
    append(log.after(log.records.length - 1), proof);
    expect(organ.facts.view?.voters).toEqual([founder]);
    expect(organ.effects).toEqual([refused('unproven')]);
  });

  it("can not change a voter's key first", () => {
    const { spki } = signerOf('b');
    const thief = { ...signerOf('b'), node: founder };
    const steps: Entry[] = [{ type: 'RETURN', member: memberOf('founder', { spki, incarnation: 2 }) }];
    append(log.records);
    const { view } = organ.facts;
    for (const entry of steps) log.add(entry);
    append(log.after(log.records.length - 1), log.proof(undefined, thief));
    expect(organ.facts.view).toBe(view);
    expect(organ.effects).toEqual([refused('unproven')]);
  });
});

describe('a proven record that can not be applied', () => {
  const place = (slot: number) => ({ tree: log.tree(), slot, weight: 1, seed: 's' });
  const join = (name: string, slot: number): Entry => ({
    type: 'JOIN',
    joins: [{ member: memberOf(name), places: [place(slot)], invitation: null }],
  });
  const malformed: { [what: string]: () => Entry } = {
    'without its fields': () => ({ type: 'JOIN' }) as never,
    'of an unknown type': () => ({ type: 'ELECT' }) as never,
    'with a list that is none': () => ({ type: 'REPLACE', nodes: [], reason: 'dead', moves: 7 }) as never,
    'with nothing in it': () => ({ type: 'SET', tree: log.tree(), writes: [null] }) as never,
    'with a key that no disk keeps': () => ({
      type: 'SET',
      tree: log.tree(),
      writes: [{ key: '\ud800', expected: 0, value: 1 }],
    }),
    'that leaves a slot empty': () => join('c', 9),
    'that puts one cell into two slots': () => join('a', 4),
    'that puts a cell where another one stays': () => ({
      type: 'REPLACE',
      nodes: [],
      reason: 'dead',
      moves: [{ tree: log.tree(), slot: 1, from: founder, to: nodeOf('a') }],
    }),
  };

  it.each(Object.keys(malformed))('%s is refused as a whole', (what) => {
    append(log.records);
    set('before', 1);
    const record = lied(log, malformed[what]?.() as Entry);
    const before = organ.facts;
    append([...log.after(before.view?.version ?? 0), record], proofOf(log.view, record));
    untouched(before);
    expect(organ.effects).toEqual([refused('malformed')]);
  });

  it('is refused in a page as well', () => {
    append(log.records);
    const record = lied(log, { type: 'JOIN' } as never);
    const before = organ.facts;
    organ.give('pulse.outdated', { peer: founder, fence: {} });
    const body = { records: [record], proof: proofOf(log.view, record) };
    organ.answer('consensus.fetched', founder, body as unknown as Json, before.view?.version ?? 0);
    untouched(before);
    expect(organ.facts.gathering).toBeNull();
  });
});

describe('catching up', () => {
  /** The answer of a peer that has the log up to `version`, `size` records a page. */
  function page(after: number, size: number, version = log.records.length): Json {
    const records = log.records.slice(after, Math.min(after + size, version));
    return { records, proof: log.proof(version) } as unknown as Json;
  }

  it('goes on page by page until the proof covers what was gathered, in one piece', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), (size) => {
        organ = new LoneOrgan('a');
        organ.give('pulse.outdated', { peer: nodeOf('b'), fence: {} });
        let pages = 0;
        for (let [ask] = asked(); ask !== undefined; [ask] = asked()) {
          expect(organ.facts.view).toBeNull();
          const { after } = ask.body as { after: number };
          organ.answer('consensus.fetched', nodeOf('b'), page(after, size), ask.tag);
          pages += 1;
        }
        expect(pages).toBe(Math.ceil(log.records.length / size));
        expect(organ.facts).toMatchObject({ view: log.view, gathering: null });
      }),
    );
  });

  it('follows a log that grows meanwhile', () => {
    organ.give('pulse.outdated', { peer: founder, fence: {} });
    organ.answer('consensus.fetched', founder, page(0, 3), 0);
    set('x', 1);
    organ.answer('consensus.fetched', founder, page(3, 9), 3);
    expect(organ.facts.view).toEqual(log.view);
  });

  it('asks one peer at a time, but leaves any for the leader', () => {
    append(log.records.slice(0, 3), log.proof(3));
    organ.give('pulse.outdated', { peer: nodeOf('b'), fence: {} });
    expect(asked().map(({ to }) => to)).toEqual([nodeOf('b')]);
    for (const peer of ['c', 'b']) {
      organ.give('pulse.outdated', { peer: nodeOf(peer), fence: {} });
      expect(asked()).toEqual([]);
    }
    organ.give('pulse.outdated', { peer: founder, fence: {} });
    expect(asked().map(({ to }) => to)).toEqual([founder]);
    organ.answer('consensus.fetched', nodeOf('b'), page(3, 99), 3);
    expect(organ.facts.view?.version).toBe(3);
    organ.answer('consensus.fetched', founder, page(3, 99), 3);
    expect(organ.facts.view).toEqual(log.view);
  });

  it('takes no answer for another than the one it waits for', () => {
    organ.give('pulse.outdated', { peer: founder, fence: {} });
    organ.answer('consensus.fetched', founder, page(3, 1), 3);
    expect(organ.facts.gathering).toEqual({ peer: founder, pages: [], after: 0, lineage: [] });
    organ.answer('consensus.fetched', founder, page(0, 99), 0);
    organ.answer('consensus.fetched', founder, page(0, 99), 0);
    expect(organ.facts).toMatchObject({ view: log.view, gathering: null });
  });

  it.each<[string, () => Json | { code: string }]>([
    ['failed', () => ({ code: 'deadline' })],
    ['is empty', () => ({ records: [], proof: log.proof() }) as unknown as Json],
    ['begins too late', () => page(2, 2)],
    ['repeats a record', () => ({ records: [log.records[0], log.records[0]], proof: log.proof() }) as unknown as Json],
    ['no voter signed', () => ({ ...(page(0, 3) as object), proof: log.proof(undefined, signerOf('b')) }) as never],
    ['was changed', () => ({ records: log.records.with(4, log.records[0] as LogRecord), proof: log.proof() }) as never],
  ])('gives up on a page that %s, and asks anew when it hears again', (_, body) => {
    organ.give('pulse.outdated', { peer: founder, fence: {} });
    const before = organ.facts;
    organ.answer('consensus.fetched', founder, body(), 0);
    untouched(before);
    expect(organ.facts.gathering).toBeNull();
    organ.give('pulse.outdated', { peer: founder, fence: {} });
    expect(asked()).toHaveLength(1);
  });

  it('gathers as many entries as the limit says, and no more', () => {
    const { hash } = log.view;
    const fill = (index: number): LogRecord => ({ ...(log.records[0] as LogRecord), index, hash });
    const gathered = (from: number): LoneOrgan['facts'] => ({
      ...organ.facts,
      gathering: { peer: founder, pages: [log.records.slice(0, 1)], after: from, lineage: [] },
    });
    const proof = proofOf(log.view, fill(LIMITS.logGatherMax + 9));
    for (const [last, goesOn] of [
      [LIMITS.logGatherMax, true],
      [LIMITS.logGatherMax + 1, false],
    ] as const) {
      organ.facts = gathered(last - 1);
      organ.answer('consensus.fetched', founder, { records: [fill(last)], proof } as unknown as Json, last - 1);
      expect(organ.facts.gathering !== null).toBe(goesOn);
    }
  });
});

describe('a page of the own log', () => {
  it('has what follows, with the proof, up to the limits', () => {
    for (let index = 0; index < 60; index++) set(`k${index}`, 'x'.repeat(LIMITS.registerValueMax - 2));
    append(log.records);
    organ.give('consensus.fetch', { after: 2 }, nodeOf('b'));
    const { records, proof } = pageOf(organ);
    expect(proof).toEqual(log.proof());
    expect(records).toEqual(log.records.slice(2, 2 + records.length));
    expect(JSON.stringify(records).length).toBeLessThan(LIMITS.messageBytesMax / 2 + 1_000);
    expect(records.length).toBeGreaterThan(25);
  });

  it('has as many entries as the limit says where they are small', () => {
    for (let index = 0; index < LIMITS.logPageEntries; index++) set(`k${index}`, 1);
    append(log.records);
    organ.give('consensus.fetch', { after: 1 }, nodeOf('b'));
    expect(pageOf(organ).records).toHaveLength(LIMITS.logPageEntries);
    organ.give('consensus.fetch', { after: log.records.length }, nodeOf('b'));
    expect(pageOf(organ).records).toEqual([]);
    organ.give('consensus.fetch', { after: Number.MAX_SAFE_INTEGER }, nodeOf('b'));
    expect(pageOf(organ).records).toEqual([]);
  });

  it('is refused by who has no log yet', () => {
    organ.give('consensus.fetch', { after: 0 }, nodeOf('b'));
    expect(organ.effects).toEqual([{ effect: 'refuse', code: 'starting' }]);
  });
});

describe('what a view says of this node', () => {
  const signals = (name: string, incarnation = 1) => {
    organ = new LoneOrgan(name, { self: { ...organ0(name, incarnation) } });
    append(log.records);
    return organ.signals;
  };
  const organ0 = (name: string, incarnation: number) => {
    const { revoked: _, ...who } = memberOf(name, { incarnation });
    return { ...who, weight: 1, genomes: ['shardTree'] };
  };

  it('is its place only where it shows this very life of it', () => {
    expect(signals('a')).toEqual([{ type: 'consensus.admitted' }]);
    expect(signals('a', 2)).toEqual([{ type: 'consensus.known' }]);
    expect(signals('a', 0)).toMatchObject([{ type: 'consensus.refuse', code: 'superseded' }]);
    expect(signals('stranger')).toEqual([]);
  });

  it('is that it lost its place, or its key', () => {
    append(log.records);
    log.propose({ type: 'leave', node: nodeOf('b') });
    append(log.after(log.records.length - 1));
    expect(organ.signals).toEqual([{ type: 'consensus.admitted' }]);
    const { version } = log.view;
    const plan = log.plan({ type: 'leave', node: nodeOf('a') });
    if (plan.plan !== 'append' || plan.entry.type !== 'REPLACE') throw new Error('a leaves');
    log.add({ ...plan.entry, reason: 'dead' });
    append(log.after(version));
    expect(organ.signals).toEqual([{ type: 'consensus.removed' }]);
    expect(signals('a')).toEqual([{ type: 'consensus.known' }]);
    log.add({ type: 'REPLACE', nodes: [nodeOf('a')], reason: 'revoked', moves: [] });
    append(log.after(version + 1));
    expect(organ.signals).toMatchObject([{ type: 'consensus.refuse', code: 'refused' }]);
  });

  it('is nothing where neither slots nor members changed', () => {
    append(log.records);
    set('x', 1);
    log.add({ type: 'INVITE', invitation: invite('i', log.now + 9).open });
    append(log.after(log.records.length - 2));
    expect(organ.signals).toEqual([]);
  });

  it('makes it forget what it believed of who is a member no more', () => {
    append(log.records);
    for (const name of ['b', 'founder']) organ.give('pulse.changed', { node: nodeOf(name), state: 'dead' });
    log.propose({ type: 'leave', node: nodeOf('b') });
    append(log.after(log.records.length - 1));
    expect(organ.facts.down).toEqual({ [founder]: 'dead' });
  });
});

/** A record that follows, as a leader would write it that has lost its mind. */
function lied({ view }: Logbook, entry: Entry): LogRecord {
  return nextRecord(view, entry, view.epoch, 1);
}

function pageOf(organ: LoneOrgan): { readonly records: readonly LogRecord[]; readonly proof: Proof } {
  const [reply] = organ.effectsOf('reply');
  if (reply === undefined) throw new Error('a page was asked for');
  return reply.body as never;
}

function proofOf(view: View, record: LogRecord): Proof {
  const { organism } = view;
  const { generation, epoch, index: version, hash } = record;
  const claim = { organism, generation, epoch, version, hash };
  const signature = signerOf('founder').sign('view', proofClaim(claim));
  return { ...claim, signatures: [{ node: founder, signature }] };
}
