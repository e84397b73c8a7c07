import { InvalidArgumentError } from 'commander';
import { LIMITS } from '../../contract/limits.ts';
import type { Search, SearchAnswer, SearchResult } from '../../contract/memory.ts';
import { collected, type TargetOptions, wholeNumber, withTarget } from '../options.ts';
import { type Paint, paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson, say, type Terminal } from '../terminal.ts';

interface FindFlags extends TargetOptions {
  readonly type?: readonly string[];
  readonly owner?: readonly string[];
  readonly after?: number;
  readonly before?: number;
  readonly limit?: number;
  readonly offset?: number;
  readonly explain?: true;
}

export const register: Register = (program, terminal) => {
  const command = program
    .command('find')
    .description('find files by describing them, in plain words')
    .argument('<words...>', 'what the file is about; dates, kinds of files and negations in it count')
    .option('--type <ending>', 'only files whose names end so, as pdf; may be given several times', collected)
    .option('--owner <key id>', 'only files of this owner; may be given several times', collected)
    .option('--after <date>', 'only files stored at or after this date, as 2026-05-31', date)
    .option('--before <date>', 'only files stored before this date', date)
    .option('--limit <files>', 'no more than so many (default: 10)', wholeNumber(1, LIMITS.searchPageMax))
    .option('--offset <files>', 'leave out so many of the best', wholeNumber(0, LIMITS.searchOffsetMax))
    .option('--explain', 'say how the words were understood and what each score is made of');
  withTarget(command).action((words: readonly string[], flags: FindFlags) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      const answer = await client.memory.search(searchOf(words.join(' '), flags));
      return flags.json === true ? printJson(terminal, answer) : tell(terminal, answer);
    }),
  );
};

function searchOf(q: string, { type, owner, after, before, limit, offset, explain }: FindFlags): Search {
  return {
    q,
    ...(type === undefined ? {} : { types: type }),
    ...(owner === undefined ? {} : { owners: owner }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(limit === undefined ? {} : { limit }),
    ...(offset === undefined ? {} : { offset }),
    ...(explain === undefined ? {} : { explain }),
  };
}

function date(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('It is a date like 2026-05-31.');
  return time;
}

async function tell(terminal: Terminal, { results, partial, understood }: SearchAnswer): Promise<void> {
  const paint = paintFor(terminal);
  if (understood !== undefined) say(terminal, understoodText(understood));
  for (const result of results) await print(terminal, lines(result, paint).join('\n'));
  if (results.length === 0) say(terminal, 'nothing that is stored is about that');
  if (partial) say(terminal, 'part of the memory did not answer in time: there may be more');
}

function lines({ id, name, score, snippet, why }: SearchResult, paint: Paint): string[] {
  const shares = Object.entries(why ?? {}).map(([way, share]) => `${way} ${share.toFixed(2)}`);
  return [
    `${paint('bold', printable(name))}  ${paint('dim', id)}`,
    ...(snippet === '' ? [] : [`  ${marked(printable(snippet), paint)}`]),
    ...(shares.length === 0 ? [] : [paint('dim', `  ${score.toFixed(2)} = ${shares.join(' + ')}`)]),
  ];
}

/** The words that were found stand between asterisks; where there is colour they are shown by it. */
function marked(snippet: string, paint: Paint): string {
  return snippet.replace(/\*\*([^*]+)\*\*/g, (marks, word: string) =>
    paint('green', word) === word ? marks : paint('green', word),
  );
}

function understoodText({
  words,
  without,
  types,
  owners,
  after,
  before,
}: NonNullable<SearchAnswer['understood']>): string {
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  return [
    `looked for ${words.map((word) => printable(word)).join(', ') || 'nothing'}`,
    ...(without.length === 0 ? [] : [`without ${without.map((word) => printable(word)).join(', ')}`]),
    ...(types.length === 0 ? [] : [`of type ${types.join(', ')}`]),
    ...(owners.length === 0 ? [] : [`of ${owners.join(', ')}`]),
    ...(after === null ? [] : [`stored since ${day(after)}`]),
    ...(before === null ? [] : [`stored before ${day(before)}`]),
  ].join('; ');
}
