import type { Command } from 'commander';
import { shownAmount } from '../../client/ledger/amounts.ts';
import type { ShellReading } from '../../contract/ledger.ts';
import { type AssetDefinition, assetIdOf } from '../../organs/ledger/asset.ts';
import { holderOf, shellIdOf } from '../../organs/ledger/names.ts';
import { paintFor } from '../paint.ts';
import { drawTable } from '../table.ts';
import { print, printable, printJson, say, type Terminal } from '../terminal.ts';
import { atDesk, type Desk, type ShellFlags, withShells } from './desk.ts';

export interface Holding {
  readonly holder: string;
  readonly asset: string;
  readonly assetName: string;
  readonly shell: string;
  /** Posted, in the asset's smallest unit; below zero for what an issuer has put out. */
  readonly balance: string;
  /** Reserved by its own holds and offers. */
  readonly reserved: string;
  /** Reserved for it by others. */
  readonly expected: string;
  readonly sequence: number;
}

export function addHoldings(shell: Command, terminal: Terminal): void {
  withShells(shell.command('ls').description('list your keys, and what they hold')).action((flags: ShellFlags) =>
    atDesk(terminal, flags, async (desk) => {
      const shells: (Holding & { readonly name: string })[] = [];
      for (const name of await desk.keys.names()) {
        const { node } = await desk.keys.signer(name);
        const held = await holdingsOf(desk, node);
        shells.push(...held.map((holding) => ({ name, ...holding })));
      }
      if (flags.json === true) return printJson(terminal, { names: await namesOf(desk), shells });
      return shells.length === 0 ? sayNames(terminal, desk) : printTable(terminal, desk, shells);
    }),
  );
  withShells(
    shell
      .command('balance')
      .description('show what a key holds, as a quorum of validators says')
      .argument('<holder>', 'a name of yours, or the id of another holder'),
  ).action((holder: string, flags: ShellFlags) =>
    atDesk(terminal, flags, async (desk) => {
      const shells = await holdingsOf(desk, await desk.holder(holder));
      if (flags.json === true) return printJson(terminal, { shells });
      if (shells.length === 0) return say(terminal, `${printable(holder)} holds nothing`);
      return printTable(
        terminal,
        desk,
        shells.map((one) => ({ name: holder, ...one })),
      );
    }),
  );
}

async function namesOf({ keys }: Desk): Promise<readonly { readonly name: string; readonly holder: string }[]> {
  return Promise.all((await keys.names()).map(async (name) => ({ name, holder: (await keys.signer(name)).node })));
}

async function sayNames(terminal: Terminal, desk: Desk): Promise<void> {
  const names = await namesOf(desk);
  if (names.length === 0) say(terminal, "no keys; 'peertree shell new alice' makes one");
  for (const { name, holder } of names) await print(terminal, `${name}  ${holder}  holds nothing`);
}

/** Which shells there are this node knows; what is in them a quorum says. */
async function holdingsOf({ client, assets }: Desk, holder: string): Promise<Holding[]> {
  const known = await assets();
  const held: Holding[] = [];
  for (const asset of known) {
    const reading = await client.ledger.read(shellIdOf(assetIdOf(asset), holder));
    if (isUsed(reading)) held.push(holdingOf(asset, reading));
  }
  return held;
}

function isUsed({ row }: ShellReading): boolean {
  return row.sequence > 0 || row.creditsPosted !== '0' || row.creditsPending !== '0';
}

function holdingOf(asset: AssetDefinition, { shell, row }: ShellReading): Holding {
  const { creditsPosted, debitsPosted, debitsPending, creditsPending, sequence } = row;
  return {
    holder: holderOf(shell),
    asset: assetIdOf(asset),
    assetName: asset.name,
    shell,
    balance: (BigInt(creditsPosted) - BigInt(debitsPosted)).toString(),
    reserved: debitsPending,
    expected: creditsPending,
    sequence,
  };
}

const COLUMNS = [
  { title: 'NAME' },
  { title: 'BALANCE', side: 'left' as const },
  { title: 'ASSET' },
  { title: 'RESERVED', side: 'left' as const },
  { title: 'SLOTS', side: 'left' as const },
];

async function printTable(
  terminal: Terminal,
  { assets }: Desk,
  shells: readonly (Holding & { readonly name: string })[],
): Promise<void> {
  const scales = new Map((await assets()).map((asset) => [assetIdOf(asset), asset.scale] as const));
  const rows = shells.map(({ name, balance, asset, assetName, reserved, sequence }) => {
    const scale = scales.get(asset) ?? 0;
    const amounts = [balance, reserved].map((amount) => shownAmount(amount, scale));
    return [name, amounts[0] ?? '', printable(assetName), amounts[1] ?? '', String(sequence)];
  });
  await print(terminal, drawTable(COLUMNS, rows, paintFor(terminal)).join('\n'));
}
