import type { Command } from 'commander';
import { amountIn } from '../../client/ledger/amounts.ts';
import { Fault } from '../../contract/errors.ts';
import type { Json } from '../../contract/words.ts';
import { type AssetDefinition, assetIdOf } from '../../organs/ledger/asset.ts';
import { wholeNumber } from '../options.ts';
import { print, printJson, say, type Terminal } from '../terminal.ts';
import { atDesk, DEFINITION, type Desk, type ShellFlags, withShells } from './desk.ts';

interface NewFlags extends ShellFlags {
  readonly asset?: string;
  readonly cap?: string;
  readonly scale?: number;
}

export function addNew(shell: Command, terminal: Terminal): void {
  withShells(
    shell
      .command('new')
      .description('make a key that holds shells, one of each asset; with --asset the key of an issuer')
      .argument('<name>', 'what you call it')
      .option('--asset <name>', 'an asset that it issues from now on')
      .option('--cap <amount>', 'how much of it may be out at most')
      .option('--scale <digits>', 'digits after the decimal point', wholeNumber(0, 18)),
  ).action((name: string, flags: NewFlags) =>
    atDesk(terminal, flags, async (desk) => {
      if ((flags.asset === undefined) !== (flags.cap === undefined)) {
        throw new Fault('usage', 'an issuer has both: --asset NAME and --cap AMOUNT');
      }
      const { node } = await desk.keys.make(name);
      const asset = flags.asset === undefined ? undefined : await define(desk, name, node, flags);
      const made = { name, holder: node, ...(asset === undefined ? {} : { asset: assetIdOf(asset) }) };
      if (flags.json === true) return printJson(terminal, made);
      await print(terminal, `${name}  ${node}`);
      if (asset !== undefined) say(terminal, `${name} may issue ${flags.cap} ${asset.name}: asset ${made.asset}`);
      say(terminal, 'Its key is on this machine only; whoever loses it loses what it holds.');
    }),
  );
}

async function define(desk: Desk, name: string, holder: string, flags: NewFlags): Promise<AssetDefinition> {
  const { committee } = await desk.client.ledger.office();
  const { asset = '', cap = '', scale = 0 } = flags;
  const issuers = [{ holder, cap: amountIn(cap, { name: asset, scale }) }];
  const definition: AssetDefinition = { v: 1, ledger: committee.ledger, name: asset, scale, issuers };
  await desk.keys.keep(DEFINITION, name, definition as unknown as Json);
  return definition;
}
