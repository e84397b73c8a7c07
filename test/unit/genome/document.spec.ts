import { describe, expect, it } from 'vitest';
import { readGenomeDocument } from '../../../src/actors/genome/document.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { minimal, problemsIn } from './genome-files.ts';

describe('the text of a genome', () => {
  it('may be YAML or JSON, indented by tabs too', () => {
    expect(readGenomeDocument('a: { b: [1, x] }').value).toEqual({ a: { b: [1, 'x'] } });
    expect(readGenomeDocument('{\n\t"a": {\n\t\t"b": [1, "x"]\n\t}\n}').value).toEqual({ a: { b: [1, 'x'] } });
    expect(readGenomeDocument('\ufeffa: 1\r\nb: 2\r\n').value).toEqual({ a: 1, b: 2 });
  });

  it('keeps the place of every key, value and element', () => {
    const document = readGenomeDocument('a:\n  b: [1,\n    two]\n');
    expect(document.keyAt(['a', 'b'])).toEqual({ line: 2, column: 3 });
    expect(document.valueAt(['a', 'b'])).toEqual({ line: 2, column: 6 });
    expect(document.valueAt(['a', 'b', 1])).toEqual({ line: 3, column: 5 });
    expect(document.valueAt(['a', 'gone', 'deeper'])).toEqual(document.valueAt(['a']));
    expect(document.keyAt(['gone'])).toEqual({ line: 1, column: 1 });
  });

  it('may repeat a part by an alias, with the place of what is repeated', () => {
    const document = readGenomeDocument('a: &x { n: 1 }\nb: *x\n');
    expect(document.value).toEqual({ a: { n: 1 }, b: { n: 1 } });
    expect(document.valueAt(['b', 'n'])).toEqual({ line: 1, column: 12 });
  });

  it.each([
    ['', 'x.yaml:1:1: the genome is empty, must be a map of fields'],
    ['a: [1, 2', 'x.yaml:1:9: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['a: 1\n--- \nb: 2', 'x.yaml:2:1: a genome file holds one document'],
    ['a: 1\nb: 2\na: 3', "x.yaml:3:1: 'a' is given twice"],
    ['1: x', 'x.yaml:1:1: a key must be text; put it in quotes'],
    ['? [a]\n: x', 'x.yaml:1:3: a key must be text; put it in quotes'],
    ['a: .nan', "x.yaml:1:4: 'NaN' is neither text nor a finite number"],
    ['a: *b', 'x.yaml:1:4: alias of an anchor that was not set before'],
    ['a: &b [*b]', 'x.yaml:1:8: alias of what it is in'],
    ['a: !secret x', 'x.yaml:1:4: Unresolved tag: !secret'],
  ])('%o is refused', async (text, problem) => expect((await problemsIn(text))[0]).toContain(problem));

  it.each(['__proto__', 'constructor', 'prototype'])('refuses %s as a key, at any depth', async (key) => {
    const problem = `'${key}' can't be used as a name`;
    expect(await problemsIn(minimal(`${key}: 1`))).toEqual([`x.yaml:4:1: ${problem}`]);
    expect(await problemsIn(minimal(`receptors: { r: { "${key}": { polluted: yes } } }`))).toEqual([
      `x.yaml:4:19: ${problem}`,
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('a hostile text', () => {
  it('is bounded in bytes', async () => {
    const padding = LIMITS.genomeBytesMax - Buffer.byteLength(minimal('# '));
    expect(await problemsIn(minimal(`# ${'ü'.repeat(Math.floor(padding / 2))}${'u'.repeat(padding % 2)}`))).toEqual([]);
    expect(await problemsIn(minimal(`# ${'u'.repeat(padding + 1)}`))).toEqual([
      `x.yaml:1:1: a genome file has at most ${LIMITS.genomeBytesMax} bytes, this one has ${LIMITS.genomeBytesMax + 1}`,
    ]);
  });

  it('is bounded in depth', async () => {
    const deepest = LIMITS.genomeDepthMax - 1;
    expect(readGenomeDocument('['.repeat(deepest) + ']'.repeat(deepest)).problems).toEqual([]);
    const at = `x.yaml:1:${deepest + 2}: nested more than ${LIMITS.genomeDepthMax} levels deep`;
    expect(await problemsIn(`${'['.repeat(deepest + 2)}${']'.repeat(deepest + 2)}`)).toEqual([at]);
  });

  it.each(['[', '- ', '? ', '{ a: '])('survives %o without end', async (opening) => {
    const text = opening.repeat(Math.floor(20_000 / opening.length));
    expect((await problemsIn(text))[0]).toContain('nested more than');
  });

  it('is bounded in values, counted as often as aliases repeat them', () => {
    const flat = (count: number) => `[${Array.from({ length: count - 1 }, () => '1').join(',')}]`;
    expect(readGenomeDocument(flat(LIMITS.genomeValuesMax)).problems).toEqual([]);
    const says = `more than ${LIMITS.genomeValuesMax} values, counting what aliases repeat`;
    expect(readGenomeDocument(flat(LIMITS.genomeValuesMax + 1)).problems).toMatchObject([{ text: says }]);
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
      bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`);
    }
    expect(readGenomeDocument(bomb.join('\n')).problems).toMatchObject([{ text: says }]);
  });
});
