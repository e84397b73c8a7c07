import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Fault } from '../../contract/errors.ts';
import { assetIdOf } from '../../organs/ledger/asset.ts';
import { type Audit, audit } from '../../organs/ledger/audit.ts';
import type { SignedGenesis } from '../../organs/ledger/committee.ts';
import { shellIdOf } from '../../organs/ledger/names.ts';
import { digestOf, type Signed } from '../../organs/ledger/order.ts';
import { flawOf, PROOF_FLAWS } from '../../organs/ledger/proof.ts';
import { readProof } from '../../organs/ledger/read-input.ts';
import type { DecidedRow } from '../../organs/ledger/records.ts';
import { absolute, collected, dataOption, jsonOption, wholeNumber } from '../options.ts';
import { readOrganismFile } from '../organism-file.ts';
import { paintFor } from '../paint.ts';
import { drawTable } from '../table.ts';
import { print, printable, printJson, say, type Terminal } from '../terminal.ts';
import { atDesk, type Desk, type ShellFlags, withShells } from './desk.ts';

interface PaperFlags extends ShellFlags {
  readonly out?: string;
  readonly organism?: string;
  readonly drop?: readonly string[];
}

/** What is shown to others, and what is asked of everybody's past. */
export function addPapers(shell: Command, terminal: Terminal): void {
  withShells(
    shell
      .command('history')
      .description('list what has changed a shell, as this node knows it')
      .argument('<holder>', 'a name of yours, or the id of another holder')
      .argument('<asset>', 'its name or id'),
  ).action((holder: string, asset: string, flags: ShellFlags) =>
    atDesk(terminal, flags, (desk) => history(terminal, desk, holder, asset, flags)),
  );
  withShells(
    shell
      .command('proof')
      .description('print the proof that an order was settled, which anybody can check offline')
      .argument('<value>', "what 'settled' named")
      .option('-o, --out <file>', 'write it to a file'),
  ).action((value: string, flags: PaperFlags) =>
    atDesk(terminal, flags, async ({ teller }) => {
      const proof = await teller.proof(value);
      if (flags.out === undefined) return printJson(terminal, proof);
      await writeFile(absolute(terminal.cwd, flags.out), `${JSON.stringify(proof, undefined, 1)}\n`);
      if (flags.json === true) return printJson(terminal, { value, out: flags.out });
      return say(terminal, `The proof is in ${flags.out}.`);
    }),
  );
  shell
    .command('verify')
    .description('check a proof, without asking anybody')
    .argument('<file>', 'the proof')
    .option('--organism <id>', 'whose ledger it must be of (default: that of the data folder)')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((file: string, flags: PaperFlags) => verify(terminal, file, flags));
  withShells(
    shell
      .command('audit')
      .description('replay everything that was ever settled, and check every signature and invariant'),
  ).action((flags: ShellFlags) => atDesk(terminal, flags, (desk) => auditAll(terminal, desk, flags)));
  withShells(
    shell
      .command('committee')
      .description('show who validates')
      .option('--drop <seat>', 'give this seat to a spare; f + 1 members must want it', collected),
  ).action((flags: PaperFlags) => atDesk(terminal, flags, (desk) => committee(terminal, desk, flags)));
}

async function history(
  terminal: Terminal,
  desk: Desk,
  holder: string,
  asset: string,
  flags: ShellFlags,
): Promise<void> {
  const definition = await desk.asset(asset);
  const line = shellIdOf(assetIdOf(definition), await desk.holder(holder));
  const { own, incoming } = await desk.client.ledger.history(line);
  const rows = [];
  for (const value of [...own, ...incoming]) {
    const { body } = (await desk.client.ledger.proof(value)).signed as unknown as Signed;
    const isOwn = own.includes(value);
    rows.push({ value, kind: body.kind, direction: isOwn ? ('out' as const) : ('in' as const) });
  }
  if (flags.json === true) return printJson(terminal, { shell: line, outcomes: rows });
  const titles = [{ title: 'WAY' }, { title: 'KIND' }, { title: 'VALUE' }];
  const cells = rows.map(({ direction, kind, value }) => [direction, kind, value]);
  await print(terminal, drawTable(titles, cells, paintFor(terminal)).join('\n'));
}

async function verify(terminal: Terminal, file: string, flags: PaperFlags): Promise<void> {
  const { p256Verifier } = await import('../../runtime/signer/p256.ts');
  const organism = flags.organism ?? (await readOrganismFile(absolute(terminal.cwd, flags.data)))?.organism;
  if (organism === undefined) throw new Fault('usage', 'say whose ledger it must be of: --organism ID');
  const proof = readProof(jsonIn(await readFile(absolute(terminal.cwd, file), 'utf8'), file));
  if (proof === undefined) throw new Fault('corrupt', `${file} is no proof`);
  const flaw = flawOf(proof, organism, p256Verifier());
  if (flaw !== undefined) throw new Fault('corrupt', `the proof does not hold: ${PROOF_FLAWS[flaw]}`);
  const value = digestOf(proof.signed.body);
  if (flags.json === true) return printJson(terminal, { ok: true, value, kind: proof.signed.body.kind, organism });
  const paint = paintFor(terminal);
  await print(terminal, `${paint('green', '✓')} settled ${value}: ${proof.signed.body.kind}`);
}

function jsonIn(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Fault('corrupt', `${file} is not JSON`, { cause });
  }
}

/** The node's rows are only where to look: what they show is checked, and the root must be what comes of it. */
async function auditAll(terminal: Terminal, { client, organism }: Desk, flags: ShellFlags): Promise<void> {
  const { p256Verifier } = await import('../../runtime/signer/p256.ts');
  const rows: DecidedRow[] = [];
  for await (const { value } of client.ledger.rows('outcomes')) rows.push(value as unknown as DecidedRow);
  const { genesis } = await client.ledger.office();
  const found = audit(genesis as unknown as SignedGenesis, rows, p256Verifier());
  const isOurs = (genesis.body as { readonly organism: string }).organism === organism;
  const problems = isOurs ? found.problems : [...found.problems, 'the genesis is of another organism'];
  if (flags.json === true) {
    const assets = found.assets.map((asset) => ({
      ...asset,
      supply: asset.supply.toString(),
      cap: asset.cap.toString(),
    }));
    await printJson(terminal, { ...found, assets, problems });
  } else {
    await print(terminal, auditText(terminal, found));
    for (const problem of problems) say(terminal, printable(problem));
  }
  if (problems.length > 0) throw new Fault('corrupt', 'the audit found what must not be');
}

function auditText(terminal: Terminal, { outcomes, waiting, committee: number, root, assets }: Audit): string {
  const paint = paintFor(terminal);
  const supplies = assets.map(({ name, supply, cap }) => `${printable(name)}: ${supply} out of ${cap}`);
  return [
    `${paint('green', '✓')} ${outcomes} outcomes replayed, ${waiting} waiting, committee ${number}`,
    ...supplies.map((line) => `  ${line}`),
    `  root ${root}`,
  ].join('\n');
}

async function committee(terminal: Terminal, { client }: Desk, flags: PaperFlags): Promise<void> {
  const drop = (flags.drop ?? []).map((seat) => wholeNumber(0, 30)(seat));
  const office = drop.length === 0 ? await client.ledger.office() : await client.ledger.change(drop);
  const { committee: now, members, root, outcomes, genesis } = office;
  const { spares } = genesis.body as { readonly spares: readonly string[] };
  const left = spares.length - now.sparesSeated;
  if (flags.json === true) {
    const { ledger, number, f } = now;
    return printJson(terminal, { ledger, number, f, members, spares: left, root, outcomes });
  }
  const titles = [{ title: 'SEAT', side: 'left' as const }, { title: 'NODE' }, { title: 'STATE' }];
  const rows = members.map(({ seat, node, state }) => [String(seat), node, state]);
  await print(terminal, drawTable(titles, rows, paintFor(terminal)).join('\n'));
  say(terminal, `committee ${now.number}, ${now.f} of ${members.length} may lie, ${left} spare`);
}
