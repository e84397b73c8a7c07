import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Organism } from './organism.ts';

const SCRIPT = fileURLToPath(new URL('./embedded-node.mjs', import.meta.url));

interface Said {
  readonly event: string;
  readonly [fact: string]: unknown;
}

/** A node of the organism in a process that uses the package as a program does. */
class Embedded {
  readonly said: Said[] = [];
  readonly process: ChildProcess;
  readonly #heard: (() => void)[] = [];
  #errors = '';

  constructor(data: string, url: string, token: string) {
    this.process = spawn(process.execPath, [SCRIPT, data, url, token], { stdio: 'pipe' });
    this.process.stderr?.on('data', (chunk) => {
      this.#errors += chunk;
    });
    if (this.process.stdout === null) throw new Error('the process has no output');
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.said.push(JSON.parse(line) as Said);
      for (const check of this.#heard.splice(0)) check();
    });
    this.process.once('exit', () => {
      for (const check of this.#heard.splice(0)) check();
    });
  }

  order(order: object): void {
    this.process.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  /** The first thing it says that fits; fails when it ends before. */
  async says(event: string, fits: (said: Said) => boolean = () => true): Promise<Said> {
    for (;;) {
      const found = this.said.find((one) => one.event === event && fits(one));
      if (found !== undefined) return found;
      if (this.process.exitCode !== null) throw new Error(`ended before '${event}': ${this.#errors}`);
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'peertree-embedded-'));
let organism: Organism;
let first: Embedded;
let second: Embedded;

async function embed(name: string): Promise<Embedded> {
  const { token } = await organism.json<{ token: string }>(['invite']);
  const node = new Embedded(join(folder, name), organism.node(0).url, token);
  await node.says('ready');
  return node;
}

beforeAll(async () => {
  organism = await Organism.up({ nodes: 2 });
  first = await embed('first');
  second = await embed('second');
});
afterAll(async () => {
  for (const node of [first, second]) {
    if (node === undefined || node.process.exitCode !== null) continue;
    node.process.kill('SIGKILL');
    await once(node.process, 'exit');
  }
  await organism?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('nodes in real processes', () => {
  it('tell all cells the same in one order, and count them', async () => {
    first.order({ do: 'broadcast', topic: 'news', body: 'from the first', options: { order: 'total' } });
    second.order({ do: 'broadcast', topic: 'news', body: 'from the second', options: { order: 'total' } });
    const receipts = [await first.says('receipt'), await second.says('receipt')].map(({ receipt }) => receipt);
    expect(receipts).toEqual([1, 2].map(() => expect.objectContaining({ confirmed: 4, cells: 4 })));
    const bodies: unknown[][] = [];
    for (const node of [first, second]) {
      await node.says('heard', ({ message }) => (message as { number: number }).number === 2);
      const heard = node.said.filter(({ event }) => event === 'heard');
      bodies.push(heard.map(({ message }) => (message as { body: unknown }).body));
    }
    expect(bodies[0]).toHaveLength(2);
    expect(bodies[1]).toEqual(bodies[0]);
  });

  it('go on without a cell that fails for good, which leaves its tree and is reported', async () => {
    const { id, url } = (await first.says('ready')) as unknown as { readonly id: string; readonly url: string };
    const source = join(folder, 'kept.txt');
    writeFileSync(source, 'kept '.repeat(500_000));
    expect((await organism.run(['put', source, '--name', 'kept.txt', '--at', url, '--pin', id])).code).toBe(0);
    first.order({ do: 'wear', genome: 'shardTree' });
    expect(await first.says('failed')).toMatchObject({ genome: 'shardTree', organ: 'shards', node: false });
    await first.says('relieved');
    const { trees } = await organism.until(
      ({ trees, storage }) => trees[0]?.cells.length === 3 && storage.underReplicated === 0,
      30_000,
    );
    expect(trees.map(({ cells }) => cells.length)).toEqual(trees.map((_, index) => (index === 0 ? 3 : 4)));
    const status = await organism.status();
    expect(status.nodes.find((node) => node.id === id)).toMatchObject({
      state: 'live',
      failures: [{ genome: 'shardTree', organ: 'shards' }],
    });
    const { output } = await organism.run(['get', 'kept.txt', '-o', '-', '--at', url, '--pin', id]);
    expect(output.toString()).toBe('kept '.repeat(500_000));
  });

  it('end by themselves when no cell of theirs is left', async () => {
    const { trees } = await organism.status();
    for (const { genome } of trees.slice(1)) first.order({ do: 'wear', genome });
    await first.says('failed', ({ node }) => node === true);
    await first.says('stopped');
    expect((await organism.run(['get', 'kept.txt', '-o', '-'])).code).toBe(0);
  });
});
