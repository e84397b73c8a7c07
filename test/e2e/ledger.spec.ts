import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SettlementProof } from '../../src/organs/ledger/proof.ts';
import { Organism, run, temporaryFolder } from './organism.ts';

interface Settled {
  readonly settled: string;
  readonly offer?: string;
}

interface Held {
  readonly shells: readonly { readonly assetName: string; readonly balance: string }[];
}

interface Audit {
  readonly problems: readonly string[];
  readonly outcomes: number;
}

describe('a ledger of five processes', () => {
  let organism: Organism;
  let keys: string;

  beforeAll(async () => {
    keys = temporaryFolder();
    organism = await Organism.up({ nodes: 5 });
  });
  afterAll(async () => {
    await organism?.dispose();
    rmSync(keys, { recursive: true, force: true });
  });

  const shell = <T>(...args: readonly string[]): Promise<T> => organism.json<T>(['shell', ...args, '--keys', keys]);
  const balances = async (holder: string): Promise<Record<string, string>> => {
    const { shells } = await shell<Held>('balance', holder);
    return Object.fromEntries(shells.map(({ assetName, balance }) => [assetName, balance]));
  };

  it('issues, sends, trades and takes offers, goes on without a validator, and proves it offline', async () => {
    await shell('new', 'mint', '--asset', 'gold', '--cap', '1000000', '--scale', '2');
    await shell('new', 'smith', '--asset', 'ring', '--cap', '1');
    for (const name of ['alice', 'bob']) await shell('new', name);
    await shell('send', '100', 'gold', '--from', 'mint', '--to', 'alice');
    await shell('send', '1', 'ring', '--from', 'smith', '--to', 'bob');
    await shell('trade', '12.50', 'gold', '1', 'ring', '--from', 'alice', '--with', 'bob');
    expect([await balances('alice'), await balances('bob')]).toEqual([
      { gold: '8750', ring: '1' },
      { gold: '1250', ring: '0' },
    ]);

    organism.kill(1);
    const { offer = '' } = await shell<Settled>('offer', '1', 'ring', '10', 'gold', '--from', 'alice');
    const { settled } = await shell<Settled>('take', offer, '--from', 'bob');
    expect(await balances('bob')).toEqual({ gold: '250', ring: '1' });
    const late = await organism.run(['shell', 'cancel', offer, '--from', 'alice', '--keys', keys]);
    expect([late.code, late.messages]).toEqual([1, expect.stringContaining('pending_already_taken')]);

    const out = join(keys, 'proof.json');
    await shell('proof', settled, '--out', out);
    const { organism: id } = await organism.status();
    const offline = ['shell', 'verify', out, '--data', join(keys, 'nowhere')];
    expect((await run([...offline, '--organism', id])).code).toBe(0);
    expect((await run([...offline, '--organism', 'a'.repeat(52)])).code).toBe(5);
    const proof = JSON.parse(readFileSync(out, 'utf8')) as SettlementProof;
    writeFileSync(out, JSON.stringify({ ...proof, signed: { ...proof.signed, signatures: [] } }));
    expect((await run([...offline, '--organism', id])).code).toBe(5);
    expect(await shell<Audit>('audit')).toMatchObject({ problems: [], outcomes: 5 });
  });
});
