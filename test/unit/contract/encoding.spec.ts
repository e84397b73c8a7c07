import fc from 'fast-check';
import stringify from 'fast-json-stable-stringify';
import { describe, expect, it } from 'vitest';
import {
  base32,
  base64url,
  canonical,
  fromBase64url,
  isId,
  isShardHash,
  nodeIdOf,
  organismIdOf,
  sha256,
  sha256Hex,
  treeIdOf,
  utf8,
} from '../../../src/contract/encoding.ts';
import type { Json } from '../../../src/contract/words.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('writes %j as RFC 4648 does, lower case and without padding: %s', (plain, encoded) => {
    expect(base32(utf8(plain))).toBe(encoded);
  });

  it('names 32 bytes by 52 characters, as a number in base 32 padded with four zero bits', () => {
    fc.assert(
      fc.property(bytes32, (bytes) => {
        const text = base32(bytes);
        const digits = [...text].map((char) => BigInt('abcdefghijklmnopqrstuvwxyz234567'.indexOf(char)));
        const value = digits.reduce((sum, digit) => sum * 32n + digit, 0n);
        expect(value).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`) << 4n);
        expect(text).toHaveLength(52);
        expect(isId(text)).toBe(true);
      }),
    );
  });

  it('tells ids from what only looks like one', () => {
    const id = base32(sha256('id'));
    for (const wrong of [id.slice(1), `${id}a`, id.toUpperCase(), `1${id.slice(1)}`, `${id}\n`, '']) {
      expect(isId(wrong)).toBe(false);
    }
    expect(isShardHash(sha256Hex('shard'))).toBe(true);
    expect(isShardHash(sha256Hex('shard').toUpperCase())).toBe(false);
    expect(isShardHash(`${sha256Hex('shard')}0`)).toBe(false);
  });
});

describe('base64url', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromBase64url(base64url(bytes))).toEqual(bytes);
      }),
    );
  });

  it('writes a part of a buffer, not the whole of it', () => {
    expect(base64url(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe('AgM');
  });

  it('has one spelling of a value: no padding, no other alphabet, no stray bits', () => {
    for (const wrong of ['AgM=', 'Ag M', '-/', '_+', 'AgN', 'A', 'AgM\n']) {
      expect(fromBase64url(wrong), wrong).toBeUndefined();
    }
    expect(fromBase64url('')).toEqual(new Uint8Array());
  });
});

describe('the canonical form', () => {
  // Frozen: signatures and the hash chain of every organism depend on these very bytes.
  it.each<[Json, string]>([
    [null, 'null'],
    [{ b: 1, a: 'x' }, '{"a":"x","b":1}'],
    [{ a: { d: [3, 1, 2], c: true } }, '{"a":{"c":true,"d":[3,1,2]}}'],
    [{ '': 0, A: 1, a: 2, 10: 3, 9: 4 }, '{"":0,"10":3,"9":4,"A":1,"a":2}'],
    // By UTF-16 code unit: the surrogates of U+1F600 come before U+FB01, although the character comes after it.
    [{ ﬁ: 1, '😀': 2, é: 3 }, '{"é":3,"😀":2,"ﬁ":1}'],
    [['\u0000\u001f"\\/\b\n', '\u2028', '\u007f'], '["\\u0000\\u001f\\"\\\\/\\b\\n","\u2028","\u007f"]'],
    ['\ud800', '"\\ud800"'],
    [[0, -0, 1e21, 1e-7, 0.1, 9007199254740991, -1.5], '[0,0,1e+21,1e-7,0.1,9007199254740991,-1.5]'],
    [[], '[]'],
    [{}, '{}'],
  ])('writes %j as %s', (value, text) => {
    expect(canonical(value)).toBe(text);
  });

  it('is what the library writes, also by the short way', () => {
    const names = fc.oneof(fc.constantFrom('a', 'B', '10', '9', '-1', 'é', '\uffee', '😀', ''), fc.string());
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, -0, 1.5, 'x', '\ud800', undefined as never, Number.NaN),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(
          names.filter((name) => name !== '__proto__'),
          tie('value'),
          { maxKeys: 4 },
        ),
      ),
    }));
    fc.assert(
      fc.property(value, (one) => {
        expect(canonical(one)).toBe(stringify(one));
      }),
      { numRuns: 500 },
    );
  });

  it('knows circles, and takes what is very deep', () => {
    const circle: { self?: object } = {};
    circle.self = circle;
    expect(() => canonical(circle)).toThrow(TypeError);
    let deep: Json = 1;
    for (let level = 0; level < 200; level++) deep = [deep];
    expect(canonical(deep)).toBe(`${'['.repeat(200)}1${']'.repeat(200)}`);
  });

  it('does not depend on the order in which members were written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonical(value as Json);
        expect(canonical(JSON.parse(text))).toBe(text);
        expect(canonical(backwards(value as Json))).toBe(text);
      }),
    );
  });
});

describe('ids', () => {
  // Frozen: these name nodes, organisms and trees on every disk.
  it('are what they were', () => {
    expect(nodeIdOf(utf8('key'))).toBe('fryock32azdpsitz6qt4pm4oom2nrzjytt7rm6q5ymhhh6bgw2bq');
    expect(organismIdOf('operator', 'nonce')).toBe('43hgo3tpyvyznkihvd44as3ksm7hdpo5oaga76v3irwpz5ty4wna');
    expect(treeIdOf('organism', 'shardTree')).toBe('fh3pzvnwfn7qwmx55jkzgtlliqhm5erh2oomadhonu4pid22s4vq');
    expect(sha256Hex('a', utf8('bc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

function backwards(value: Json): Json {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, backwards(member)] as const);
  return Object.fromEntries(members.reverse());
}
