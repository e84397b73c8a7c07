import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadGenome, parseGenome, SHIPPED_GENOMES } from '../../../src/actors/genome.ts';
import { DEFAULT_SUPERVISION } from '../../../src/actors/supervision.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { minimal, problemsIn } from './genome-files.ts';

describe('a genome', () => {
  it('is the shipped shardTree', async () => {
    const genome = await loadGenome(SHIPPED_GENOMES[0] ?? '');
    expect(genome).toMatchObject({ genome: 'shardTree', version: '1.0.0', tree: { fanout: 4 } });
    expect(genome.organs).toEqual({ shards: { kind: 'shards', copies: 3, shardBytes: 1_048_576 } });
    expect(genome.receptors.getShard).toMatchObject({
      method: 'get',
      path: '/shardTree/shards/{sha256}',
      organ: 'shards',
      verb: 'get',
    });
    expect(genome.limits).toMatchObject({ mailbox: 1024, bodyBytes: LIMITS.shardBytesMax });
  });

  it('is the shipped ftreeFileMgr, which takes the largest file of its shard size', async () => {
    const genome = await loadGenome(SHIPPED_GENOMES[1] ?? '');
    expect(genome.organs).toEqual({ maps: { kind: 'files', uses: 'shardTree' } });
    const { filePagesMax, pageEntriesMax, shardBytesDefault, shardBytesMax, bodyBytesMax } = LIMITS;
    expect(genome.limits.bodyBytes).toBe(filePagesMax * pageEntriesMax * shardBytesDefault);
    expect(bodyBytesMax).toBe(filePagesMax * pageEntriesMax * shardBytesMax);
  });

  it('has every default where it says nothing', async () => {
    const genome = await parseGenome(minimal(), 'x.yaml');
    expect(genome).toMatchObject({
      summary: '',
      tree: { fanout: 4 },
      organs: { shards: { copies: 3, shardBytes: LIMITS.shardBytesDefault } },
      receptors: {},
      limits: { mailbox: LIMITS.mailboxMax, bodyBytes: 65_536 },
    });
    expect(genome.supervision).toEqual(DEFAULT_SUPERVISION);
  });

  it('knows where it stands in its file', async () => {
    const { source } = await parseGenome(minimal(), 'x.yaml');
    expect(source.file).toBe('x.yaml');
    expect(source.valueAt(['version'])).toEqual({ line: 2, column: 10 });
  });

  it('reads units and ranges', async () => {
    const text = minimal(
      'supervision: { strategy: rest_for_one, intensity: 7/2m, backoff: 1ms..1s }',
      'limits: { body: 3MiB }',
    );
    expect(await parseGenome(text, 'x.yaml')).toMatchObject({
      supervision: { strategy: 'rest_for_one', intensity: 7, periodMs: 120_000, backoffMinMs: 1, backoffMaxMs: 1_000 },
      limits: { bodyBytes: 3 * 1024 ** 2 },
    });
  });
});

describe('a bound of a genome', () => {
  const organ = (fields: string) => `genome: small\nversion: 1.0.0\norgans: { shards: { kind: shards, ${fields} } }`;
  const many = (count: number, row: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => row(index));
  const organs = (count: number) =>
    ['genome: small', 'version: 1.0.0', 'organs:', ...many(count, (index) => `  o${index}: { kind: shards }`)].join(
      '\n',
    );
  const receptors = (count: number) =>
    minimal('receptors:', ...many(count, (index) => `  r${index}: { get: '/r${index}/{sha256}', to: shards.get }`));

  it.each([
    ['fan-out', minimal('tree: { fanout: 64 }'), minimal('tree: { fanout: 65 }')],
    ['fan-out', minimal('tree: { fanout: 1 }'), minimal('tree: { fanout: 0 }')],
    ['copies', organ('copies: 8'), organ('copies: 9')],
    ['copies', organ('copies: 1'), organ('copies: 0')],
    ['shard size', organ('shardBytes: 4MiB'), organ('shardBytes: 8MiB')],
    ['shard size', organ('shardBytes: 64KiB'), organ('shardBytes: 32KiB')],
    ['shard size', organ('shardBytes: 128KiB'), organ('shardBytes: 96KiB')],
    ['mailbox', minimal('limits: { mailbox: 1024 }'), minimal('limits: { mailbox: 1025 }')],
    ['body', minimal('limits: { body: 160GiB }'), minimal('limits: { body: 161GiB }')],
    ['intensity', minimal('supervision: { intensity: 1000/1s }'), minimal('supervision: { intensity: 1001/1s }')],
    ['period', minimal('supervision: { intensity: 1/1h }'), minimal('supervision: { intensity: 1/61m }')],
    ['back-off', minimal('supervision: { backoff: 1ms..30s }'), minimal('supervision: { backoff: 1ms..31s }')],
    ['back-off', minimal('supervision: { backoff: 1s..1s }'), minimal('supervision: { backoff: 2s..1s }')],
    ['organs', organs(LIMITS.genomeOrgansMax), organs(LIMITS.genomeOrgansMax + 1)],
    ['receptors', receptors(LIMITS.genomeReceptorsMax), receptors(LIMITS.genomeReceptorsMax + 1)],
    ['text', minimal(`summary: ${'x'.repeat(1000)}`), minimal(`summary: ${'x'.repeat(1001)}`)],
  ])('of its %s holds, and one past it is told', async (_name, good, bad) => {
    expect(await problemsIn(good)).toEqual([]);
    expect(await problemsIn(bad)).toHaveLength(1);
  });

  it('of the problems told one by one', async () => {
    const wrong = (count: number) => minimal(...many(count, (index) => `zz${index}: 1`));
    expect(await problemsIn(wrong(LIMITS.genomeProblemsMax))).toHaveLength(LIMITS.genomeProblemsMax);
    expect((await problemsIn(wrong(LIMITS.genomeProblemsMax + 7))).at(-1)).toBe('... and 7 more');
  });
});

describe('what is wrong with a genome', () => {
  it('is told all at once, in the order of the file', async () => {
    const text = minimal(
      'tree: { fanot: 4 }',
      'receptors: { r: { get: /r, to: shrds.get } }',
      'supervision: { strategy: one_for_some, intensity: 5 }',
      'limits: { body: 1MB }',
    );
    expect(await problemsIn(text)).toEqual([
      "x.yaml:4:9: unknown field 'fanot' in tree, which takes fanout (did you mean 'fanout'?)",
      "x.yaml:5:24: the path for 'shards.get' must have exactly {sha256}",
      "x.yaml:5:32: there is no organ 'shrds'; 'shards' is declared at 3:11 (did you mean 'shards.get'?)",
      "x.yaml:6:26: supervision.strategy is 'one_for_some', must be one of one_for_one, one_for_all, rest_for_one (did you mean 'one_for_one'?)",
      'x.yaml:6:51: supervision.intensity is the number 5, must be restarts per period such as 5/10s',
      "x.yaml:7:17: limits.body is '1MB', which is not a size such as 64KiB or 4MiB (did you mean '1MiB'?)",
    ]);
  });

  it.each([
    [
      '{ r: { get: /r, put: /r, to: shards.get } }',
      'receptors.r needs exactly one of the fields get, head, put, post, delete',
    ],
    ["{ r: { put: '/r/{sha256}', to: shards.get } }", "'shards.get' can't answer put, only get"],
    ["{ r: { get: '/r/{sha256}/{more}', to: shards.get } }", "the path for 'shards.get' must have exactly {sha256}"],
    ["{ r: { get: '/{sha256}/{sha256}', to: shards.get } }", "the path for 'shards.get' must have exactly {sha256}"],
    ['{ r: { get: /r, to: shards.get } }', "the path for 'shards.get' must have exactly {sha256}"],
    ["{ r: { get: '/r/../{sha256}?x', to: shards.get } }", 'which is not a path such as /shardTree/shards/{sha256}'],
    [
      "{ r: { get: '/a/{sha256}', to: shards.get }, s: { get: '/a/{sha256}', to: shards.get } }",
      "'r' answers get /a/{sha256} already",
    ],
    [
      "{ R: { get: '/a/{sha256}', to: shards.get } }",
      "a name in receptors is 'R', which is not a name such as getShard",
    ],
    ["{ r: { get: '/a/{sha256}', to: toString.get } }", "there is no organ 'toString'"],
    [
      "{ r: { get: '/a/{sha256}', to: shards.valueOf } }",
      "the organ 'shards' has no verb 'valueOf', only put, get, stat",
    ],
  ])('in the receptors %s is told', async (receptors, says) => {
    const problems = await problemsIn(minimal(`receptors: ${receptors}`));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(says);
  });

  it.each(['1.0', '1', 'v1.0.0', '01.0.0', '1.0.0-', '1.0.0 '])('is a version like %o', async (version) => {
    expect(await problemsIn(minimal().replace('1.0.0', `"${version}"`))).toEqual([
      `x.yaml:2:10: version is '${version}', which is not a semantic version such as 1.0.0`,
    ]);
  });
});

describe('a genome file', () => {
  it('that is not there, a folder, or no text is told by its name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'peertree-genome-'));
    const binary = join(folder, 'binary.yaml');
    await writeFile(binary, Buffer.from([0xc3, 0x28]));
    const says = async (path: string, reason: string) =>
      await expect(loadGenome(path)).rejects.toMatchObject({
        code: 'genome-invalid',
        message: `${path}:1:1: can't be read: ${reason}`,
      });
    await says(join(folder, 'gone.yaml'), 'there is no such file');
    await says(folder, 'it is a folder');
    await says(binary, 'it is not UTF-8 text');
    await rm(folder, { recursive: true });
  });

  it('larger than the limit is not read to its end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'peertree-genome-'));
    const large = join(folder, 'large.yaml');
    await writeFile(large, Buffer.alloc(LIMITS.genomeBytesMax * 3, '#'));
    await expect(loadGenome(large)).rejects.toThrow(`this one has ${LIMITS.genomeBytesMax + 1}`);
    await rm(folder, { recursive: true });
  });
});
