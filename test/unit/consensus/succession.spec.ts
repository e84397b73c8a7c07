import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord, Promotion } from '../../../src/contract/entries.ts';
import { nextGeneration, ordinalOf } from '../../../src/contract/generation.ts';
import { promotionClaim } from '../../../src/contract/warrants.ts';
import type { Descent, Json, Proof } from '../../../src/contract/words.ts';
import { CONFLICT } from '../../../src/organs/consensus/index.ts';
import { sharedUpTo } from '../../../src/organs/consensus/succession.ts';
import { Logbook, nodeOf, operator, signerOf } from './logbook.ts';
import { LoneOrgan, momentAt } from './lone-organ.ts';

const founder = nodeOf('founder');
const ALL = [founder, nodeOf('a'), nodeOf('b')];

/** A log with three nodes, of which the founder votes. */
function begun(): Logbook {
  const log = new Logbook();
  log.join('a', 'b');
  return log;
}

/** The same records, to go on otherwise. */
function copyOf(log: Logbook): Logbook {
  const copy = new Logbook();
  for (const { entry } of log.records.slice(1)) copy.add(entry);
  return copy;
}

function set(log: Logbook, key: string, value: Json): void {
  const { version } = (log.registers.get(`${log.tree()}/${key}`) ?? { version: 0 }) as { version: number };
  log.propose({ type: 'set', tree: log.tree(), writes: [{ key, expected: version, value }] });
}

interface Changes extends Partial<Promotion> {
  readonly signer?: typeof operator;
}

/** The operator makes a node go on from here. */
function promote(log: Logbook, by: string, { signer = operator, ...changes }: Changes = {}): void {
  const { version: after, hash, generation, organism } = log.view;
  const decision = { after, hash, by: nodeOf(by), keeps: [...ALL].sort() };
  const claim = { type: 'PROMOTE' as const, generation: nextGeneration(generation, decision), ...decision, ...changes };
  const warrant = signer.sign('organism-key', promotionClaim(organism, claim));
  log.add({ ...claim, warrant }, claim.generation);
}

const adopt = (organ: LoneOrgan, records: readonly LogRecord[], proof: Proof): void =>
  void organ.give('consensus.append', { records, proof }, nodeOf('b'));

function diskOf({ store }: LoneOrgan): { log: unknown[]; registers: Record<string, unknown>; kept: unknown[] } {
  const registers = Object.fromEntries(store.range('registers'));
  const kept = [...store.range('meta', { prefix: 'conflict/' })].map(([, row]) => row);
  return { log: [...store.range('log')].map(([, record]) => record), registers, kept };
}

describe('a generation', () => {
  it('counts by one, grows, and differs with what was decided', () => {
    const decision = { after: 7, hash: 'a'.repeat(64), by: founder, keeps: ALL };
    let generation = 1;
    for (let ordinal = 2; ordinal < 9; ordinal++) {
      const next = nextGeneration(generation, decision);
      expect([ordinalOf(next), next > generation, Number.isSafeInteger(next)]).toEqual([ordinal, true, true]);
      expect(nextGeneration(generation, { ...decision, by: nodeOf('a') })).not.toBe(next);
      generation = next;
    }
  });

  it('parts from another where their lineages first differ', () => {
    const lineage = fc
      .uniqueArray(fc.nat(50), { maxLength: 5 })
      .map((versions) =>
        versions.sort((a, b) => a - b).map((version): Descent => ({ generation: version + 1_000, version })),
      );
    fc.assert(
      fc.property(lineage, lineage, (one, other) => {
        const shared = sharedUpTo(one, other);
        expect(shared).toBe(sharedUpTo(other, one));
        const within = (list: readonly Descent[]) =>
          list.filter(({ version }) => version <= shared).map((descent) => descent.generation);
        expect(within(one)).toEqual(within(other));
        expect(sharedUpTo(one, one)).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });
});

describe('a later generation', () => {
  let old: Logbook;
  let young: Logbook;
  let organ: LoneOrgan;

  /** The organ follows the old side; the young one goes on from before its last two entries. */
  beforeEach(() => {
    old = begun();
    set(old, 'x', 'before');
    young = copyOf(old);
    set(old, 'x', 'old');
    set(old, 'y', 'old only');
    organ = new LoneOrgan('a');
    adopt(organ, old.records, old.proof());
    expect(organ.facts.view).toEqual(old.view);
  });

  it('takes the place of what the old side had beyond: log, registers and view', () => {
    promote(young, 'b');
    set(young, 'x', 'young');
    const at = young.records.length - 2;
    adopt(organ, young.after(at), young.proof(undefined, signerOf('b')));
    expect(organ.facts.view).toEqual(young.view);
    expect(organ.facts.view).toMatchObject({ voters: [nodeOf('b')], lineage: [{ version: at + 1 }] });
    const { log, registers, kept } = diskOf(organ);
    expect(log).toEqual(young.records);
    expect(registers).toEqual(Object.fromEntries(young.registers));
    const tree = young.tree();
    const row = (key: string, index: number, value: string) => ({ tree, key: `${CONFLICT}1-${index}:${key}`, value });
    expect(kept).toEqual([row('x', at + 1, 'old'), row('y', at + 2, 'old only')]);
  });

  it('leaves a disk from which the node starts where it was', () => {
    promote(young, 'b');
    adopt(organ, young.after(young.records.length - 1), young.proof(undefined, signerOf('b')));
    const next = new LoneOrgan('a', { store: organ.store }).organ.begin(organ.store, momentAt(0));
    expect(next.facts).toMatchObject({ view: young.view, raft: { generation: young.view.generation } });
    const timers = (next.effects ?? []).flatMap((effect) => (effect.effect === 'timer' ? [effect.name] : []));
    expect(timers).toContain('consensus.keepConflicts');
  });

  it.each<[string, Changes, string]>([
    ["not signed with the organism's key", { signer: signerOf('b') }, 'b'],
    ['vouched for by another than whom it promotes', { by: founder }, 'b'],
    ['that goes on from another log', { hash: 'f'.repeat(64) }, 'b'],
    ['that says that it goes on from elsewhere', { after: 2 }, 'b'],
  ])('%s is not believed', (_, changes, signer) => {
    promote(young, 'b', changes);
    adopt(organ, young.after(young.records.length - 1), young.proof(undefined, signerOf(signer)));
    expect(organ.facts.view).toEqual(old.view);
    expect(organ.effectsOf('refuse').map(({ code }) => code)).toEqual(['unproven']);
  });

  it('is fetched where its beginning is not at hand', () => {
    promote(young, 'b');
    set(young, 'z', 1);
    adopt(organ, young.after(young.records.length - 1), young.proof(undefined, signerOf('b')));
    expect(organ.facts.view).toEqual(old.view);
    expect(organ.effectsOf('ask')).toMatchObject([{ kind: 'consensus.fetch', body: { after: old.view.version } }]);
    organ.answer(
      'consensus.fetched',
      nodeOf('b'),
      {
        records: young.after(young.records.length - 2),
        proof: young.proof(undefined, signerOf('b')),
      } as unknown as Json,
      old.view.version,
    );
    expect(organ.facts.view).toEqual(young.view);
  });

  it('is not left for an earlier one', () => {
    promote(young, 'b');
    adopt(organ, young.after(young.records.length - 1), young.proof(undefined, signerOf('b')));
    set(old, 'x', 'older still');
    adopt(organ, old.after(3), old.proof());
    expect(organ.facts.view).toEqual(young.view);
  });

  it('and whatever was set on either side: the disk is as the new log says, and nothing of the other is lost', () => {
    const writes = fc.array(fc.tuple(fc.constantFrom('p', 'q', 'r'), fc.option(fc.nat(3))), { maxLength: 8 });
    fc.assert(
      fc.property(writes, writes, writes, (shared, voided, fresh) => {
        const log = begun();
        for (const [key, value] of shared) set(log, key, value);
        const other = copyOf(log);
        for (const [key, value] of voided) set(log, key, value);
        promote(other, 'b');
        for (const [key, value] of fresh) set(other, key, value);
        const node = new LoneOrgan('a');
        adopt(node, log.records, log.proof());
        adopt(
          node,
          other.after(other.records.findIndex(({ entry }) => entry.type === 'PROMOTE')),
          other.proof(undefined, signerOf('b')),
        );
        const { log: records, registers, kept } = diskOf(node);
        expect(records).toEqual(other.records);
        expect(registers).toEqual(Object.fromEntries(other.registers));
        const values = new Map(
          kept.map((row) => [(row as { key: string }).key.split(':')[2], (row as { value: Json }).value]),
        );
        for (const key of ['p', 'q', 'r']) {
          const [had, has] = [log, other].map(
            (one) => one.registers.get(`${one.tree()}/${key}`) as { value: Json } | undefined,
          );
          const wasSet = log.records
            .slice(other.records.findIndex(({ entry }) => entry.type === 'PROMOTE'))
            .some(({ entry }) => entry.type === 'SET' && entry.writes.some((write) => write.key === key));
          const differs = wasSet && had !== undefined && had.value !== has?.value;
          expect(values.get(key)).toBe(differs ? had.value : undefined);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a page of the log', () => {
  it('begins where the two logs part for who comes from another generation', () => {
    const log = begun();
    const parting = log.view.version;
    promote(log, 'b');
    set(log, 'x', 1);
    const organ = new LoneOrgan('a');
    adopt(organ, log.records.slice(0, parting), log.proof(parting));
    adopt(organ, log.after(parting), log.proof(undefined, signerOf('b')));
    const page = (body: object) => {
      organ.give('consensus.fetch', body, nodeOf('b'));
      const [reply] = organ.effectsOf('reply');
      return (reply?.body as { records?: LogRecord[] } | undefined)?.records?.[0]?.index;
    };
    expect(page({ after: parting + 7, lineage: [], generation: 1 })).toBe(parting + 1);
    expect(page({ after: 1, lineage: [], generation: 1 })).toBe(2);
    expect(page({ after: parting + 1, lineage: log.view.lineage ?? [], generation: log.view.generation })).toBe(
      parting + 2,
    );
    const sibling = [{ generation: log.view.generation - 1, version: 3 }];
    expect(page({ after: 9, lineage: sibling, generation: log.view.generation - 1 })).toBe(3);
  });
});
