import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrganismStatus } from '../../src/contract/services.ts';
import { until } from './fleet.ts';
import { Network, whyNoNetwork } from './network.ts';
import { type Done, holesOf, type Running, run, start, temporaryFolder } from './organism.ts';

const SIZE = 5;
const PORT = 4400;
/** Within which a change must be seen, on a busy machine. */
const WITHIN_MS = 40_000;

const reason = whyNoNetwork();
if (reason !== undefined) process.stderr.write(`left out: partitions of real processes: ${reason}\n`);

interface Placed {
  readonly event: 'placed';
  readonly id: string;
}

describe.skipIf(reason !== undefined)('five real processes on machines of their own', () => {
  let network: Network;
  let folder: string;
  const nodes: Running[] = [];
  const ids: string[] = [];

  const at = (index: number) => `https://${network.address(index)}:${PORT}`;

  /** A command on the machine of a node, which answers its own machine only. */
  function ask(index: number, ...args: readonly string[]): Promise<Done> {
    const target = ['--at', at(index), '--pin', ids[index] ?? ''];
    return run([...args, ...target], { space: network.space(index), input: args.at(-1) ?? '' });
  }

  async function status(index: number): Promise<OrganismStatus> {
    const { output, messages } = await ask(index, 'status', '--json');
    if (output.length === 0) throw new Error(messages);
    return JSON.parse(output.toString()) as OrganismStatus;
  }

  async function started(index: number, ...args: readonly string[]): Promise<void> {
    const data = join(folder, `node-${index}`);
    mkdirSync(data);
    const host = ['--host', network.address(index), '--port', String(PORT), '--preset', 'local'];
    const running = start(['node', '--json', '--data', data, ...host, ...args], { space: network.space(index) });
    nodes.push(running);
    ids[index] = (await running.event<Placed>('placed')).id;
  }

  const whole = (index: number, cells: number) =>
    until(
      () => status(index),
      (now) => holesOf(now).length === 0 && now.trees.every((tree) => tree.sovereign && tree.cells.length === cells),
      WITHIN_MS,
    );

  beforeAll(async () => {
    network = new Network(SIZE);
    folder = temporaryFolder();
    await started(0);
    const { output } = await ask(0, 'invite', '--uses', String(SIZE - 1));
    const others = Array.from({ length: SIZE - 1 }, (_, index) => index + 1);
    await Promise.all(others.map((index) => started(index, '--join', at(0), '--invite', output.toString().trim())));
    await whole(0, SIZE);
  });
  afterAll(async () => {
    for (const { process } of nodes) process.kill('SIGKILL');
    await Promise.all(nodes.map(({ ended }) => ended));
    network?.dispose();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** Cuts some off, and looks at both sides and at what becomes of them. */
  async function survives(name: string, cut: readonly number[], rest: readonly number[]): Promise<void> {
    const [minor = 0] = cut;
    const [major = 0] = rest;
    network.partition(cut);
    const [apart] = await Promise.all([
      until(
        () => status(minor),
        ({ trees }) => trees.every(({ sovereign }) => !sovereign),
        WITHIN_MS,
      ),
      whole(major, rest.length),
    ]);
    expect(apart.trees[0]?.cells).toHaveLength(cut.length + rest.length);
    const [refused, stored] = await Promise.all([
      ask(minor, 'put', '-', '--name', `${name} minor`),
      ask(major, 'put', '-', '--name', `${name} major`),
    ]);
    expect([refused.code, refused.messages]).toEqual([4, expect.stringContaining('majority')]);
    expect([stored.code, stored.messages]).toEqual([0, expect.any(String)]);
    network.repair();
    await whole(minor, cut.length + rest.length);
    const { output } = await ask(minor, 'get', `${name} major`, '-o', '-');
    expect(output.toString()).toBe(`${name} major`);
  }

  it('cut into three and two: three go on, two only read, and both are one tree again', async () => {
    const { voters } = await status(0);
    expect(new Set(voters)).toEqual(new Set(ids));
    await survives('3|2', [3, 4], [0, 1, 2]);
  });

  it('cut evenly, two and two: one side goes on, and both are one tree again', async () => {
    expect((await ask(4, 'leave')).code).toBe(0);
    await whole(0, 4);
    const { voters } = await until(
      () => status(0),
      (now) => now.voters.length === 3,
      WITHIN_MS,
    );
    const indices = voters.map((id) => ids.indexOf(id));
    const minor = [indices[2] ?? -1, [0, 1, 2, 3].find((index) => !indices.includes(index)) ?? -1];
    await survives('2|2', minor, indices.slice(0, 2));
  });
});
