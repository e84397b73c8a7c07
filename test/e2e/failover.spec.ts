import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Load, until } from './load.ts';
import { holesOf, Organism, type Running, start } from './organism.ts';

/** Within which an organism must be whole again, on a busy machine. */
const REPAIR_MS = 30_000;

/** What kills and brings back nodes of one organism of nine, one test after the other. */
describe('nine real processes', () => {
  let organism: Organism;
  const again: Running[] = [];
  /** Indices of the processes that run. */
  let live: number[];

  beforeAll(async () => {
    organism = await Organism.up({ nodes: 9 });
    live = organism.whole.nodes.map((_, index) => index);
  });
  afterAll(async () => {
    for (const { process } of again) process.kill('SIGKILL');
    await Promise.all(again.map(({ ended }) => ended));
    await organism?.dispose();
  });

  const indexOf = (id: string | null | undefined): number => organism.whole.nodes.findIndex((node) => node.id === id);
  const status = () => organism.status(live[0]);

  /** The slots of the first tree, as indices. */
  async function slots(): Promise<number[]> {
    return ((await status()).trees[0]?.cells ?? []).map(({ node }) => indexOf(node));
  }

  async function leader(): Promise<number> {
    return indexOf((await status()).leader);
  }

  async function kill(...indices: readonly number[]): Promise<void> {
    for (const index of indices) organism.kill(index);
    live = live.filter((index) => !indices.includes(index));
    await whole();
  }

  function whole(): Promise<unknown> {
    return until(
      status,
      (now) =>
        holesOf(now).length === 0 &&
        now.trees.every(({ cells, sovereign }) => sovereign && cells.length === live.length),
      REPAIR_MS,
    );
  }

  async function revive(...indices: readonly number[]): Promise<void> {
    const started = indices.map((index) => {
      const { data, url } = organism.node(index);
      return start(['node', '--json', '--preset', 'local', '--data', data, '--port', new URL(url).port]);
    });
    again.push(...started);
    await Promise.all(started.map((one) => one.event('placed')));
    live.push(...indices);
    await whole();
  }

  /** A write and a read by way of nodes that run. */
  async function works(name: string): Promise<void> {
    const [first = 0, second = 0] = live;
    const put = await organism.run(['put', '-', '--name', name, '--at', organism.node(first).url], { input: name });
    expect([put.code, put.messages]).toEqual([0, expect.any(String)]);
    const { output } = await organism.run(['get', name, '-o', '-', '--at', organism.node(second).url]);
    expect(output.toString()).toBe(name);
  }

  it('were started at once, and are one tree', async () => {
    expect(holesOf(await status())).toEqual([]);
    expect((await status()).voters).toHaveLength(5);
    await works('first');
  });

  it('heal from kill -9 of the leader, which is replaced as one and as a cell', async () => {
    const killed = await leader();
    await kill(killed);
    expect(await leader()).not.toBe(killed);
    expect(await slots()).not.toContain(killed);
    await works('without the leader');
    await revive(killed);
  });

  it('heal from kill -9 of the root', async () => {
    const [root = -1] = await slots();
    await kill(root);
    await works('without the root');
    await revive(root);
  });

  it('heal from kill -9 of root and last cell together', async () => {
    const order = await slots();
    const gone = [order[0] ?? -1, order.at(-1) ?? -1];
    await kill(...gone);
    await works('without both');
    await revive(...gone);
  });

  it('heal from kill -9 of two at once, the leader and another voter', async () => {
    const { voters } = await status();
    const first = await leader();
    const second = voters.map(indexOf).find((index) => index !== first) ?? -1;
    await kill(first, second);
    await works('without two');
    await revive(first, second);
  });

  it('go on while one of them is stopped for 12 s, and take it back when it is let go on', async () => {
    const stopped = live.find((index) => index !== 0) ?? -1;
    const pid = (await status()).nodes.find(({ id }) => id === organism.node(stopped).id)?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    live = live.filter((index) => index !== stopped);
    const load = new Load(organism, () => live);
    await load.during(12_000);
    await whole();
    process.kill(pid, 'SIGCONT');
    live.push(stopped);
    await whole();
    expect(load.failures).toEqual([]);
    await works('after the stop');
  });
});
