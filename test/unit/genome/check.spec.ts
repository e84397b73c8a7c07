import { describe, expect, it } from 'vitest';
import { checkGenomes, shardsUsedBy } from '../../../src/actors/genome/organism-check.ts';
import { type FilesPlan, type Genome, loadGenome, parseGenome, SHIPPED_GENOMES } from '../../../src/actors/genome.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { minimal, problemsOf } from './genome-files.ts';

const small = (name: string, ...lines: string[]): Promise<Genome> =>
  parseGenome(minimal(...lines).replace('genome: small', `genome: ${name}`), `${name}.yaml`);
const using = (name: string, used: string): Promise<Genome> =>
  parseGenome(`genome: ${name}\nversion: 1.0.0\norgans: { maps: { kind: files, uses: ${used} } }`, `${name}.yaml`);
const problemsOfAll = (...genomes: (Genome | Promise<Genome>)[]): Promise<string[]> =>
  problemsOf(async () => checkGenomes(await Promise.all(genomes)));

describe('genomes of one organism', () => {
  it('may be the shipped ones, in any order', async () => {
    const genomes = await Promise.all(SHIPPED_GENOMES.map(loadGenome));
    expect(await problemsOfAll(...genomes)).toEqual([]);
    expect(await problemsOfAll(...genomes.toReversed())).toEqual([]);
  });

  it('have names of their own', async () => {
    expect(await problemsOfAll(small('a'), small('b'), small('a'))).toEqual([
      "a.yaml:1:9: the name 'a' is taken by a.yaml",
    ]);
  });

  it('use what is there and keeps shards', async () => {
    expect(await problemsOfAll(small('shardTree'), using('files', 'shardTre'))).toEqual([
      "files.yaml:3:38: there is no genome 'shardTre' (did you mean 'shardTree'?)",
    ]);
    expect(await problemsOfAll(using('a', 'b'), using('b', 'a'))).toEqual([
      "a.yaml:3:38: 'b' has 0 organs of kind shards, must have one",
      "b.yaml:3:38: 'a' has 0 organs of kind shards, must have one",
    ]);
  });

  it('answer no request twice, nor one that every node answers itself', async () => {
    const receptor = (path: string) => `receptors: { r: { get: '${path}', to: shards.get } }`;
    expect(await problemsOfAll(small('a', receptor('/x/{sha256}')), small('b', receptor('/x/{sha256}')))).toEqual([
      "b.yaml:4:24: the genome 'a' answers get /x/{sha256} already",
    ]);
    expect(await problemsOfAll(small('a', receptor('/organism/{sha256}')))).toEqual([
      'a.yaml:4:24: every node answers paths below /organism itself',
    ]);
  });

  it('are no more than an organism has trees', async () => {
    const genomes = Array.from({ length: LIMITS.treesMax + 1 }, (_, index) => small(`g${index}`));
    expect(await problemsOfAll(...genomes.slice(1))).toEqual([]);
    expect(await problemsOfAll(...genomes)).toEqual([`an organism has at most 64 genomes, these are 65`]);
  });

  it('lead from files to the shards that keep them', async () => {
    const [shardTree, files] = [await small('shardTree'), await using('files', 'shardTree')];
    const maps = files.organs.maps as FilesPlan;
    expect(shardsUsedBy(maps, [files, shardTree])).toEqual({ genome: shardTree, organ: shardTree.organs.shards });
    expect(shardsUsedBy(maps, [files])).toBeUndefined();
  });
});
