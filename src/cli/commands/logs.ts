import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../contract/errors.ts';
import { type LogEntry, LogTail, merged } from '../log-tail.ts';
import { absolute, dataOption, jsonOption, wholeNumber } from '../options.ts';
import { folderOf, ORGANISM_FILE, readOrganismFile } from '../organism-file.ts';
import { type Hue, type Paint, padded, paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { print, printable, type Terminal } from '../terminal.ts';

interface LogsFlags {
  readonly data: string;
  readonly follow?: true;
  readonly lines: number;
  readonly json?: true;
}

const POLL_MS = 250;
export const LOG_FILE = 'log.ndjson';

export const register: Register = (program, terminal) => {
  program
    .command('logs')
    .description("show the nodes' logs as one, in the order of time")
    .addOption(dataOption())
    .option('-f, --follow', 'go on as lines are added, until Ctrl-C')
    .option('-n, --lines <lines>', 'how many of the last lines', wholeNumber(0, 100_000), 100)
    .addOption(jsonOption())
    .action((flags: LogsFlags) => logs(terminal, flags));
};

async function logs(terminal: Terminal, flags: LogsFlags): Promise<void> {
  const folder = absolute(terminal.cwd, flags.data);
  const file = await readOrganismFile(folder);
  if (file === undefined) throw new Fault('usage', `there is no organism in ${flags.data}: it has no ${ORGANISM_FILE}`);
  const tails = file.nodes.map((node) => new LogTail(node.name, join(folderOf(folder, node), LOG_FILE)));
  const readAll = async (): Promise<LogEntry[]> => merged(await Promise.all(tails.map((tail) => tail.read())));
  const show = lineWriter(terminal, flags, Math.max(...tails.map(({ node }) => node.length)));
  const entries = await readAll();
  for (const entry of entries.slice(Math.max(0, entries.length - flags.lines))) await show(entry);
  while (flags.follow === true) {
    await pause(POLL_MS);
    for (const entry of await readAll()) await show(entry);
  }
}

function lineWriter(terminal: Terminal, { json }: LogsFlags, width: number): (entry: LogEntry) => Promise<void> {
  if (json === true) return ({ node, fields }) => print(terminal, JSON.stringify({ ...fields, name: node }));
  const paint = paintFor(terminal);
  return (entry) => print(terminal, drawEntry(entry, width, paint));
}

const HUES: { readonly [level: string]: Hue } = { debug: 'dim', warn: 'yellow', error: 'red' };

/** @example '12:03:04.123  node-2  warn   store.full  free=0' */
export function drawEntry({ node, time, fields }: LogEntry, width: number, paint: Paint): string {
  const { time: _time, level: rawLevel, event, ...rest } = fields;
  const level = String(rawLevel);
  const hue = HUES[level];
  const details = Object.entries(rest).map(
    ([name, value]) => paint('dim', `${printable(name)}=`) + printable(shown(value)),
  );
  const head = [
    time.slice(11, 23),
    padded(node, width),
    hue === undefined ? padded(level, 5) : paint(hue, padded(level, 5)),
  ];
  return [...head, printable(String(event)), details.join(' ')].join('  ').trimEnd();
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
