import { describe, expect, it } from 'vitest';
import { checkGenomes, shardsUsedBy } from '../../../src/actors/genome/organism-check.ts';
import { type FilesPlan, type Genome, loadGenome, parseGenome, SHIPPED_GENOMES } from '../../../src/actors/genome.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { minimal, problemsOf } from './genome-files.ts';

const small = (name: string, ...lines: string[]): Genome =>
  parseGenome(minimal(...lines).replace('genome: small', `genome: ${name}`), `${name}.yaml`);
const using = (name: string, used: string): Genome =>
  parseGenome(`genome: ${name}\nversion: 1.0.0\norgans: { maps: { kind: files, uses: ${used} } }`, `${name}.yaml`);
const problemsOfAll = (...genomes: Genome[]): string[] => problemsOf(() => checkGenomes(genomes));

describe('genomes of one organism', () => {
  it('may be the shipped ones, in any order', async () => {
    const genomes = await Promise.all(SHIPPED_GENOMES.map(loadGenome));
    expect(problemsOfAll(...genomes)).toEqual([]);
    expect(problemsOfAll(...genomes.toReversed())).toEqual([]);
  });

  it('have names of their own', () => {
    expect(problemsOfAll(small('a'), small('b'), small('a'))).toEqual(["a.yaml:1:9: the name 'a' is taken by a.yaml"]);
  });

  it('use what is there and keeps shards', () => {
    expect(problemsOfAll(small('shardTree'), using('files', 'shardTre'))).toEqual([
      "files.yaml:3:38: there is no genome 'shardTre' (did you mean 'shardTree'?)",
    ]);
    expect(problemsOfAll(using('a', 'b'), using('b', 'a'))).toEqual([
      "a.yaml:3:38: 'b' has 0 organs of kind shards, must have one",
      "b.yaml:3:38: 'a' has 0 organs of kind shards, must have one",
    ]);
  });

  it('answer no request twice, nor one that every node answers itself', () => {
    const receptor = (path: string) => `receptors: { r: { get: '${path}', to: shards.get } }`;
    expect(problemsOfAll(small('a', receptor('/x/{sha256}')), small('b', receptor('/x/{sha256}')))).toEqual([
      "b.yaml:4:24: the genome 'a' answers get /x/{sha256} already",
    ]);
    expect(problemsOfAll(small('a', receptor('/organism/{sha256}')))).toEqual([
      'a.yaml:4:24: every node answers paths below /organism itself',
    ]);
  });

  it('are no more than an organism has trees', () => {
    const genomes = Array.from({ length: LIMITS.treesMax + 1 }, (_, index) => small(`g${index}`));
    expect(problemsOfAll(...genomes.slice(1))).toEqual([]);
    expect(problemsOfAll(...genomes)).toEqual([`an organism has at most 64 genomes, these are 65`]);
  });

  it('lead from files to the shards that keep them', () => {
    const [shardTree, files] = [small('shardTree'), using('files', 'shardTree')];
    const maps = files.organs.maps as FilesPlan;
    expect(shardsUsedBy(maps, [files, shardTree])).toEqual({ genome: shardTree, organ: shardTree.organs.shards });
    expect(shardsUsedBy(maps, [files])).toBeUndefined();
  });
});
