import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/contract/entries.ts';
import type { Json, JsonObject } from '../../../src/contract/words.ts';
import { consensusAnswers, consensusMessages } from '../../../src/organs/consensus/messages.ts';
import { nextRecord, proofClaim } from '../../../src/organs/consensus/records.ts';
import { isWhole } from '../../../src/organs/consensus/soundness.ts';
import { Logbook, nodeOf, signerOf } from './logbook.ts';
import { LoneOrgan } from './lone-organ.ts';

const log = new Logbook();
log.join('a', 'b');

/** Words that mean something here, so that not everything fails at the first check. */
const IDS = [nodeOf('founder'), nodeOf('a'), nodeOf('b'), nodeOf('stranger'), log.tree(), log.organism];
const TEXTS = ['', 'shardTree', '__proto__', 'constructor', '\ud800', 'x', ...IDS];
const COUNTS = [0, 1, 2, log.view.version, log.view.version + 1, Number.MAX_SAFE_INTEGER];
const HASHES = [...log.views.map(({ hash }) => hash), 'f'.repeat(64)];

/** Values of a schema's space. Everything that the schemas of this organ use; anything else is an error of this test. */
function valuesOf(schema: JsonObject): fc.Arbitrary<Json> {
  const {
    type,
    enum: among,
    anyOf,
    pattern,
    properties,
    required,
    items,
    maxItems,
  } = schema as {
    readonly [word: string]: never;
  } & {
    type?: string;
    enum?: Json[];
    anyOf?: JsonObject[];
    pattern?: string;
    properties?: { [name: string]: JsonObject };
    required?: string[];
    items?: JsonObject;
    maxItems?: number;
    minimum?: number;
  };
  if (among !== undefined) return fc.constantFrom(...among);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(valuesOf));
  if (type === 'null') return fc.constant(null);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return integers(schema as { minimum: number; maximum: number });
  if (type === 'number') return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  if (type === 'array' && items !== undefined)
    return fc.array(valuesOf(items), { maxLength: Math.min(4, maxItems ?? 4) });
  if (type === 'string') return strings(pattern, (schema as { maxLength?: number }).maxLength ?? 64);
  if (type === 'object' && properties !== undefined) return objects(properties, required ?? [], schema);
  if (Object.keys(schema).length === 0) return fc.jsonValue() as fc.Arbitrary<Json>;
  throw new Error(`this test knows no ${JSON.stringify(schema)}`);
}

function integers({ minimum, maximum }: { minimum: number; maximum: number }): fc.Arbitrary<Json> {
  const telling = COUNTS.filter((count) => count >= minimum && count <= maximum);
  return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(...telling, minimum, maximum));
}

function strings(pattern: string | undefined, maxLength: number): fc.Arbitrary<Json> {
  if (pattern?.includes('{52}')) return fc.constantFrom(...IDS);
  if (pattern?.includes('{64}')) return fc.constantFrom(...HASHES);
  const telling = TEXTS.filter((text) => text.length <= maxLength);
  return fc.oneof(fc.string({ maxLength: Math.min(8, maxLength) }), fc.constantFrom(...telling));
}

function objects(
  properties: { readonly [name: string]: JsonObject },
  required: readonly string[],
  { additionalProperties }: JsonObject,
): fc.Arbitrary<Json> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema)]));
  const closed = fc.record(fields, { requiredKeys: [...required] }) as fc.Arbitrary<JsonObject>;
  if (additionalProperties === false) return closed;
  // An entry is open: anything may be in it, or the fields of real ones, some of them spoilt.
  const real = fc.constantFrom(...log.records.map(({ entry }) => entry as unknown as JsonObject));
  const spoilt = fc.tuple(real, fc.dictionary(fc.constantFrom(...ENTRY_FIELDS), fc.jsonValue(), { maxKeys: 2 }));
  const anything = fc.tuple(closed, fc.dictionary(fc.constantFrom(...ENTRY_FIELDS), fc.jsonValue()));
  const merged = fc.oneof(spoilt, anything).map(([one, other]) => ({ ...one, ...other, type: one.type ?? 'SET' }));
  return merged as fc.Arbitrary<Json>;
}

const ENTRY_FIELDS = ['founder', 'joins', 'nodes', 'moves', 'member', 'writes', 'tree', 'voters', 'key', 'invitation'];

/** Organs in every position in which a message may find them. */
const POSITIONS: { readonly [name: string]: () => LoneOrgan } = {
  leading: () => LoneOrgan.leader(),
  following: () => new LoneOrgan('a').give('consensus.append', { records: log.records, proof: log.proof() }, IDS[0]),
  gathering: () => new LoneOrgan('a').give('pulse.outdated', { peer: nodeOf('b'), fence: {} }),
  seeking: () => new LoneOrgan('a', { organism: null }),
};

/** By the kind of its answer, what was asked. */
const QUESTIONS: { readonly [answer: string]: string } = {
  joined: 'join',
  settled: 'propose',
  forwarded: 'propose',
  forwardedRead: 'read',
  flushed: 'append',
  fetched: 'fetch',
  heard: 'raft',
  vouched: 'vouch',
};

const ajv = new Ajv();

describe.each(Object.keys(POSITIONS))('an organ that is %s', (position) => {
  it.each(Object.keys(consensusMessages))('takes any %s that its schema allows', (kind) => {
    const schema = consensusMessages[kind] ?? {};
    const from = fc.constantFrom(...IDS);
    fc.assert(
      fc.property(valuesOf(schema), from, (body, peer) => {
        expect(ajv.validate(schema, body), ajv.errorsText()).toBe(true);
        const organ = (POSITIONS[position] ?? LoneOrgan.leader)();
        organ.give(kind, body, peer);
        // Every question is answered or owed an answer, once.
        const replies = organ.effects.filter(({ effect }) => ['reply', 'refuse', 'defer'].includes(effect));
        expect(replies).toHaveLength(1);
        organ.flush();
      }),
      { numRuns: 25 },
    );
  });

  it.each(Object.keys(QUESTIONS))('takes any answer to what it asked (%s)', (what) => {
    const question = QUESTIONS[what];
    const body = valuesOf(consensusAnswers[`consensus.${question}`] ?? {});
    const codes = fc.constantFrom('refused', 'busy', 'deadline', 'unreachable', 'revoked', 'not-a-member', 'odd');
    const answer = fc.oneof(body, fc.record({ code: codes }));
    const modes = fc.constantFrom('joining', 'returning', 'placed', 'leaving', 'placed');
    const tag = fc.constantFrom(undefined, 'leave', 'return', 0, 'forward-1');
    fc.assert(
      fc.property(answer, fc.constantFrom(...IDS), modes, tag, (outcome, peer, mode, asked) => {
        const organ = (POSITIONS[position] ?? LoneOrgan.leader)();
        organ.mode = mode;
        organ.answer(`consensus.${what}`, peer, outcome, asked as Json);
      }),
      { numRuns: 25 },
    );
  });
});

describe('an organ whose leader has lost its mind', () => {
  /** Real entries in which something was put into another's place, properly chained and proven. */
  const entries = fc.constantFrom(...log.records.map(({ entry }) => entry));
  const spoilt = fc.tuple(
    entries,
    fc.array(fc.nat(), { maxLength: 4 }),
    fc.oneof(fc.jsonValue(), valuesOf({ enum: TEXTS })),
  );

  it('applies what holds together, and refuses the rest as a whole', () => {
    let refused = 0;
    fc.assert(
      fc.property(spoilt, ([entry, path, value]) => {
        const { view } = log;
        const record = nextRecord(
          view,
          replaced(entry as unknown as Json, path, value as Json) as unknown as Entry,
          1,
          1,
        );
        const { organism, generation } = view;
        const claim = { organism, generation, epoch: 1, version: record.index, hash: record.hash };
        const signature = signerOf('founder').sign('view', proofClaim(claim));
        const proof = { ...claim, signatures: [{ node: nodeOf('founder'), signature }] };
        const organ = (POSITIONS.following ?? LoneOrgan.leader)();
        organ.give('consensus.append', { records: [record], proof }, nodeOf('founder'));
        const [answer] = organ.effects.filter(({ effect }) => effect === 'refuse' || effect === 'reply');
        if (answer?.effect === 'refuse') {
          refused += 1;
          expect(answer.code).toBe('malformed');
          expect(organ.facts.view).toEqual(view);
        } else {
          expect(organ.facts.view?.version).toBe(record.index);
          expect(Object.values(organ.facts.view?.trees ?? {}).every(isWhole)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(50);
  });
});

/** The value with another one at the end of the path; each step picks one of the members there are. */
function replaced(at: Json, [step, ...rest]: readonly number[], value: Json): Json {
  if (step === undefined || typeof at !== 'object' || at === null) return value;
  const keys = Object.keys(at);
  const key = keys[step % keys.length];
  if (key === undefined) return value;
  if (Array.isArray(at)) return at.with(Number(key), replaced(at[Number(key)] ?? null, rest, value));
  const members = at as { readonly [name: string]: Json };
  return { ...members, [key]: replaced(members[key] ?? null, rest, value) };
}
