import type { Command } from 'commander';
import type { Settled } from '../../client/index.ts';
import { amountIn } from '../../client/ledger/amounts.ts';
import { assetIdOf } from '../../organs/ledger/asset.ts';
import { pendingIdOf, shellIdOf } from '../../organs/ledger/names.ts';
import type { Entry } from '../../organs/ledger/order.ts';
import { print, printJson, type Terminal } from '../terminal.ts';
import { atDesk, type Desk, type ShellFlags, withShells } from './desk.ts';
import { freshId } from './entries.ts';

interface BusinessFlags extends ShellFlags {
  readonly from: string;
  readonly to: string;
  readonly with: string;
  readonly memo?: string;
}

const FROM = ['--from <name>', 'whose key signs it'] as const;

/** What moves money. Each prints the value of what was settled, which `proof` takes. */
export function addBusiness(shell: Command, terminal: Terminal): void {
  withShells(
    shell
      .command('send')
      .description('pay from one of your shells')
      .argument('<amount>', 'such as 12.50')
      .argument('<asset>', 'its name or id')
      .requiredOption(...FROM)
      .requiredOption('--to <holder>', 'a name of yours, or the id of another holder')
      .option('--memo <text>', 'what it is for; everybody can read it'),
  ).action((amount: string, asset: string, flags: BusinessFlags) =>
    settle(terminal, flags, async (desk) => {
      const definition = await desk.asset(asset);
      const to = shellIdOf(assetIdOf(definition), await desk.holder(flags.to));
      const memo = flags.memo === undefined ? {} : { memo: flags.memo };
      const entry: Entry = { kind: 'payment', id: freshId(), to, amount: amountIn(amount, definition), ...memo };
      return { settled: await desk.teller.transfer(flags.from, definition, [entry]) };
    }),
  );
  withShells(
    shell
      .command('offer')
      .description('offer one asset for another, to whoever pays the price first')
      .argument('<amount>', 'what you give')
      .argument('<asset>', 'of which asset')
      .argument('<price>', 'what you want for all of it')
      .argument('<for>', 'of which asset')
      .requiredOption(...FROM),
  ).action((amount: string, asset: string, price: string, wanted: string, flags: BusinessFlags) =>
    settle(terminal, flags, (desk) => offer(desk, [amount, asset], [price, wanted], flags)),
  );
  withShells(
    shell
      .command('take')
      .description('pay the price of an offer and get what it offers')
      .argument('<offer>', 'its id')
      .requiredOption(...FROM),
  ).action((id: string, flags: BusinessFlags) =>
    settle(terminal, flags, async (desk) => {
      const { row } = await desk.teller.pending(id);
      const price = row.entry.kind === 'offer' ? row.entry.price.to : row.shell;
      const asset = await desk.asset(price.slice(0, 52));
      return { settled: await desk.teller.take(flags.from, id, asset, freshId()) };
    }),
  );
  withShells(
    shell
      .command('cancel')
      .description('take an offer or a hold back')
      .argument('<offer>', 'its id')
      .requiredOption(...FROM),
  ).action((id: string, flags: BusinessFlags) =>
    settle(terminal, flags, async (desk) => ({
      settled: await desk.teller.resolve(flags.from, id, { action: 'void' }),
    })),
  );
  withShells(
    shell
      .command('trade')
      .description('swap two assets between two of your keys, both payments or none')
      .argument('<amount>', 'what one gives')
      .argument('<asset>', 'of which asset')
      .argument('<price>', 'what the other gives')
      .argument('<for>', 'of which asset')
      .requiredOption(...FROM)
      .requiredOption('--with <name>', 'the other one'),
  ).action((amount: string, asset: string, price: string, wanted: string, flags: BusinessFlags) =>
    settle(terminal, flags, async (desk) => ({
      settled: await desk.teller.trade(
        await side(desk, flags.from, flags.with, [amount, asset]),
        await side(desk, flags.with, flags.from, [price, wanted]),
      ),
    })),
  );
}

type Quantity = readonly [amount: string, asset: string];

async function side(desk: Desk, name: string, other: string, [amount, text]: Quantity) {
  const asset = await desk.asset(text);
  const to = shellIdOf(assetIdOf(asset), (await desk.keys.signer(other)).node);
  const entry: Entry = { kind: 'payment', id: freshId(), to, amount: amountIn(amount, asset) };
  return { name, asset, entry };
}

async function offer(desk: Desk, [amount, text]: Quantity, price: Quantity, { from }: BusinessFlags): Promise<Done> {
  const asset = await desk.asset(text);
  const wanted = await desk.asset(price[1]);
  const { node } = await desk.keys.signer(from);
  const id = freshId();
  const entry: Entry = {
    kind: 'offer',
    id,
    amount: amountIn(amount, asset),
    price: { to: shellIdOf(assetIdOf(wanted), node), amount: amountIn(price[0], wanted) },
    takers: null,
    expiresAt: null,
    void: [node],
  };
  const settled = await desk.teller.transfer(from, asset, [entry]);
  return { settled, offer: pendingIdOf(shellIdOf(assetIdOf(asset), node), id) };
}

interface Done {
  readonly settled: Settled;
  readonly offer?: string;
}

async function settle(terminal: Terminal, flags: ShellFlags, act: (desk: Desk) => Promise<Done>): Promise<void> {
  await atDesk(terminal, flags, async (desk) => {
    const { settled, ...more } = await act(desk);
    const { value, kind } = settled;
    if (flags.json === true) return printJson(terminal, { settled: value, kind, ...more });
    await print(terminal, `settled ${value}`);
    if (more.offer !== undefined) await print(terminal, `offer ${more.offer}`);
  });
}
