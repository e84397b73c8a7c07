import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../src/contract/entries.ts';
import type { Proof } from '../../../src/contract/words.ts';
import { fitting, hashRecord, isChain, isCharter, isProven, ROOT_HASH } from '../../../src/organs/consensus/records.ts';
import { foundingOf, Logbook, memberOf, nodeOf, operator, organismOf, signerOf, verify } from './logbook.ts';

const log = new Logbook();
log.join('a', 'b');
log.propose({ type: 'set', tree: log.tree(), writes: [{ key: 'x', expected: 0, value: { deep: [1] } }] });
const start = { version: 0, hash: ROOT_HASH };

describe('the chain of hashes', () => {
  it('holds from the start and from every version on', () => {
    expect(isChain(start, log.records)).toBe(true);
    for (const { version, hash } of log.views) expect(isChain({ version, hash }, log.after(version))).toBe(true);
  });

  // Frozen: every organism's log depends on these very bytes.
  it('is what it was', () => {
    const record = {
      generation: 1,
      epoch: 2,
      index: 3,
      at: 4,
      entry: { type: 'CONFIG' as const, key: 'k', value: null },
    };
    expect(hashRecord(ROOT_HASH, record)).toBe('a71f10d5e0c4613b5a73a48c4662b1bd316eab3cbda36fb5ac3c16bfa9cc558e');
  });

  it('breaks where any record is missing, doubled or in another place', () => {
    const position = fc.nat({ max: log.records.length - 2 });
    fc.assert(
      fc.property(position, (at) => {
        const [one, next] = log.records.slice(at, at + 2) as [LogRecord, LogRecord];
        expect(isChain(start, log.records.toSpliced(at, 1))).toBe(false);
        expect(isChain(start, log.records.toSpliced(at, 0, one))).toBe(false);
        expect(isChain(start, log.records.toSpliced(at, 2, next, one))).toBe(false);
      }),
    );
  });

  it('breaks where any field of any record was changed', () => {
    const changes: Partial<LogRecord>[] = [
      { generation: 2 },
      { epoch: 9 },
      { index: 99 },
      { at: 0 },
      { entry: { type: 'CONFIG', key: 'other', value: 1 } },
      { hash: 'f'.repeat(64) },
    ];
    fc.assert(
      fc.property(fc.nat({ max: log.records.length - 1 }), fc.constantFrom(...changes), (at, change) => {
        const record = { ...(log.records[at] as LogRecord), ...change };
        expect(isChain(start, log.records.with(at, record))).toBe(false);
      }),
    );
  });

  it('breaks where it is continued from another past', () => {
    expect(isChain({ version: 2, hash: log.views[0]?.hash ?? '' }, log.after(2))).toBe(false);
  });
});

describe('a proof', () => {
  const proof = log.proof();
  const spkiOf = (node: string) => log.view.members[node]?.spki;
  const judged = (changed: Proof, voters = [nodeOf('founder')]) => isProven(changed, [voters], spkiOf, verify);

  it('needs the signature of a majority of the voters', () => {
    const [signature] = proof.signatures;
    if (signature === undefined) throw new Error('the proof is signed');
    const both = { ...proof, signatures: [signature, ...log.proof(undefined, signerOf('a')).signatures] };
    const voters = ['founder', 'a', 'b'].map(nodeOf);
    expect(judged(proof)).toBe(true);
    expect(judged(proof, voters)).toBe(false);
    expect(judged(both, voters)).toBe(true);
    expect(judged({ ...proof, signatures: [signature, signature] }, voters)).toBe(false);
    expect(judged({ ...proof, signatures: [] })).toBe(false);
  });

  it('counts only voters', () => {
    expect(judged(log.proof(undefined, signerOf('a')))).toBe(false);
    const byStranger = log.proof(undefined, signerOf('stranger'));
    expect(judged(byStranger, [nodeOf('stranger')])).toBe(false);
  });

  it('covers organism, generation, epoch, version and hash', () => {
    for (const change of [{ organism: 'x' }, { generation: 2 }, { epoch: 2 }, { version: 1 }, { hash: ROOT_HASH }]) {
      expect(judged({ ...proof, ...change })).toBe(false);
    }
  });

  it("is not another's under a voter's name", () => {
    const forged = log.proof(undefined, signerOf('a')).signatures.map(({ signature }) => signature);
    expect(judged({ ...proof, signatures: [{ node: nodeOf('founder'), signature: forged[0] ?? '' }] })).toBe(false);
  });
});

describe('a charter', () => {
  const founding = foundingOf();
  const organism = organismOf(founding);

  it("binds founder, genomes and configuration to the organism's key", () => {
    expect(isCharter(organism, founding, verify)).toBe(true);
    const changes = [
      { founder: memberOf('thief') },
      { genomes: [] },
      { config: { a: 1 } },
      { nonce: 'other' },
      { operator: signerOf('thief').spki },
      { charter: operator.sign('view', new Uint8Array()) },
    ];
    for (const change of changes) expect(isCharter(organism, { ...founding, ...change }, verify)).toBe(false);
  });

  it('is of one organism', () => {
    expect(isCharter(organismOf(foundingOf('other')), founding, verify)).toBe(false);
  });

  it('names a founder by its own key', () => {
    const thief = foundingOf('thief');
    const mixed = { ...thief, founder: { ...thief.founder, node: nodeOf('founder') } };
    expect(isCharter(organismOf(thief), mixed, verify)).toBe(false);
    const garbled = { ...thief, founder: { ...thief.founder, spki: '*' } };
    expect(isCharter(organismOf(thief), garbled, verify)).toBe(false);
  });
});

describe('what fits into one message', () => {
  it('is counted in bytes of UTF-8, in order, and never nothing', () => {
    const bytes = (records: readonly LogRecord[]) => records.map((record) => Buffer.byteLength(JSON.stringify(record)));
    const [first = 0, second = 0] = bytes(log.records);
    expect(fitting(log.records, first + second)).toEqual(log.records.slice(0, 2));
    expect(fitting(log.records, first + second - 1)).toEqual(log.records.slice(0, 1));
    expect(fitting(log.records, 0)).toEqual(log.records.slice(0, 1));
    expect(fitting([], 10)).toEqual([]);
    const wide = log.records.map((record) => ({ ...record, note: '語'.repeat(100) }));
    expect(fitting(wide, 400)).toHaveLength(1);
  });
});
