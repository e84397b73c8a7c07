import type { Command } from 'commander';
import { Fault } from '../../contract/errors.ts';
import type { LetterSummary } from '../../contract/letters.ts';
import type { Recipient } from '../../contract/organ.ts';
import { interruptible } from '../interrupt.ts';
import { type Choice, type Desk, eachDesk, lettersOf, readChoice, type Silent } from '../letter-desks.ts';
import { type TargetOptions, withTarget } from '../options.ts';
import { paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { counted, humanBytes } from '../quantity.ts';
import { drawTable } from '../table.ts';
import { print, printable, printJson, say, type Terminal } from '../terminal.ts';

interface AllFlags extends TargetOptions {
  readonly all?: true;
}

const WHICH = 'such as node-3/17, or node-3 for all of a node';

export const register: Register = (program, terminal) => {
  const letters = program.command('letters').description('look after the messages that could not be delivered');
  withTarget(
    letters
      .command('ls')
      .description('list the dead letters of all nodes, oldest first')
      .argument('[nodes...]', 'only of these, by name or id'),
  ).action((nodes: readonly string[], flags: TargetOptions) => list(terminal, nodes, flags));
  withTarget(
    letters.command('show').description('show a dead letter with its body').argument('<letter>', 'such as node-3/17'),
  ).action((letter: string, flags: TargetOptions) => show(terminal, letter, flags));
  withAll(letters.command('replay').description('send dead letters again, each once, as new messages')).action(
    (chosen: readonly string[], flags: AllFlags) => each(terminal, chosen, flags, replay),
  );
  withAll(letters.command('drop').description('forget dead letters')).action(
    (chosen: readonly string[], flags: AllFlags) => each(terminal, chosen, flags, drop),
  );
};

function withAll(command: Command): Command {
  return withTarget(
    command.argument('[letters...]', `which ones, ${WHICH}`).option('--all', 'all letters of all nodes'),
  );
}

const nameOf = ({ name }: Desk, number: number): string => `${name}/${number}`;

// ---- Looking ---------------------------------------------------------------------------------------------------------

async function list(terminal: Terminal, nodes: readonly string[], flags: TargetOptions): Promise<void> {
  const found: { readonly desk: Desk; readonly letter: LetterSummary }[] = [];
  const silent = await eachDesk(terminal, flags, nodes.length === 0 ? undefined : nodes, async (desk) => {
    for await (const letter of lettersOf(desk)) found.push({ desk, letter });
  });
  if (flags.json === true) {
    const letters = found.map(({ desk, letter }) => ({
      letter: nameOf(desk, letter.number),
      node: desk.node,
      ...letter,
    }));
    await printJson(terminal, { letters, unreachable: [...silent.keys()] });
    return;
  }
  tellSilent(terminal, silent);
  if (found.length === 0) return say(terminal, 'no dead letters');
  const names = new Map(found.map(({ desk }) => [desk.node, desk.name]));
  const rows = found.map(({ desk, letter }) => [
    nameOf(desk, letter.number),
    new Date(letter.at).toISOString().slice(0, 19).replace('T', ' '),
    letter.reason,
    letter.kind,
    recipientOf(letter.to, names),
    humanBytes(letter.bytes),
  ]);
  await print(terminal, drawTable(COLUMNS, rows, paintFor(terminal)).join('\n'));
}

const COLUMNS = [
  { title: 'LETTER' },
  { title: 'BURIED' },
  { title: 'REASON' },
  { title: 'KIND' },
  { title: 'TO' },
  { title: 'SIZE', side: 'left' as const },
];

function recipientOf(to: Recipient, names: ReadonlyMap<string, string> = new Map()): string {
  if (!('cell' in to)) return `slot ${to.slot} of ${to.tree.slice(0, 8)}`;
  return names.get(to.cell) ?? to.cell.slice(0, 8);
}

function tellSilent(terminal: Terminal, silent: Silent): void {
  for (const [node, fault] of silent) say(terminal, `node ${node.slice(0, 8)} was left out: ${fault.message}`);
}

async function show(terminal: Terminal, text: string, flags: TargetOptions): Promise<void> {
  const { node, number } = readChoice(text, flags);
  if (number === null) throw new Fault('usage', `'${text}' is a node; a letter is called like ${text}/17`);
  await eachDesk(terminal, flags, node === null ? undefined : [node], async (desk) => {
    const letter = await desk.client.letters.read(number);
    if (flags.json === true) return printJson(terminal, { letter: nameOf(desk, number), node: desk.node, ...letter });
    const again = letter.replays === null ? '' : `, sent again in place of ${letter.replays}`;
    const lines = [
      `${nameOf(desk, number)}  ${printable(letter.kind)}: ${letter.reason}`,
      `message ${letter.message}${again}, to ${recipientOf(letter.to)}`,
      `buried ${new Date(letter.at).toISOString()}`,
      printable(JSON.stringify(letter.body)),
    ];
    return print(terminal, lines.join('\n'));
  });
}

// ---- Sending again, forgetting ---------------------------------------------------------------------------------------

/** What is done to one letter; resolves to what is told of it. */
type Deed = (desk: Desk, number: number) => Promise<{ readonly json: object; readonly text: string }>;

const replay: Deed = async (desk, number) => {
  const message = await desk.client.letters.replay(number);
  const letter = nameOf(desk, number);
  return { json: { letter, node: desk.node, message }, text: `${letter} is sent again as message ${message}` };
};

const drop: Deed = async (desk, number) => {
  await desk.client.letters.drop(number);
  const letter = nameOf(desk, number);
  return { json: { letter, node: desk.node, dropped: true }, text: `forgot ${letter}` };
};

async function each(terminal: Terminal, texts: readonly string[], flags: AllFlags, deed: Deed): Promise<void> {
  const choices = texts.map((text) => readChoice(text, flags));
  if (choices.length > 0 === (flags.all === true))
    throw new Fault('usage', `name the letters, ${WHICH}; or --all for all of them, and nothing else`);
  const names = choices.flatMap(({ node }) => node ?? []);
  let count = 0;
  const silent = await interruptible((signal) =>
    eachDesk(terminal, flags, choices.length === 0 ? undefined : names, async (desk) => {
      for (const number of await chosenAt(desk, choices)) {
        signal.throwIfAborted();
        const { json, text } = await deed(desk, number);
        await (flags.json === true ? printJson(terminal, json) : print(terminal, text));
        count += 1;
      }
    }),
  );
  tellSilent(terminal, silent);
  if (count === 0 && flags.json !== true) say(terminal, `${counted(count, 'dead letter')} found`);
}

/** The numbers that were chosen of a node's letters. Those of a whole node are listed first: replays may bring new ones. */
async function chosenAt(desk: Desk, choices: readonly Choice[]): Promise<number[]> {
  const here = choices.filter(({ node }) => node === null || node === desk.name || node === desk.node);
  if (choices.length > 0 && here.every(({ number }) => number !== null)) return here.map(({ number }) => number ?? 0);
  const numbers: number[] = [];
  for await (const { number } of lettersOf(desk)) numbers.push(number);
  return numbers;
}
