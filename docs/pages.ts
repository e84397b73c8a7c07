import { GENOME_SCHEMA } from '../src/actors/genome/schema.ts';
import { FAULTS } from '../src/contract/errors.ts';
import { LIMIT_TABLE, PRESETS } from '../src/contract/limits.ts';
import { REJECTIONS } from '../src/contract/wire.ts';
import { problem } from '../src/runtime/membrane/problem.ts';
import { grouped, heading, table } from './markdown.ts';

/** The pages that are tables of the code, each as its whole text. */

export function limitsPage(): string {
  const limits = Object.entries(LIMIT_TABLE).map(([name, [value, unit, meaning]]) => [
    `\`${name}\``,
    grouped(value),
    unit,
    meaning,
  ]);
  const presets = Object.entries(PRESETS);
  const timings = Object.keys(PRESETS.lan) as (keyof typeof PRESETS.lan)[];
  return `${heading('Limits', 'src/contract/limits.ts')}
Every queue, map, retry, body and loop of the runtime has a bound. These are all of them, in the order of the code; each
has a test at the limit and one past it. A genome may choose smaller ones for its cells where its schema says so.

${table(['limit', 'value', 'unit', 'what it bounds'], limits)}

## Presets

How fast suspicion works, in milliseconds. \`local\` is for one machine, \`lan\` for one site, \`wan\` for several.

${table(
  ['timing', ...presets.map(([name]) => name)],
  timings.map((timing) => [`\`${timing}\``, ...presets.map(([, preset]) => grouped(preset[timing]))]),
)}
`;
}

export function errorsPage(): string {
  const faults = Object.entries(FAULTS).map(([code, { status, exit, meaning }]) => [
    `\`${code}\``,
    `${status}`,
    `${exit}`,
    meaning,
  ]);
  return `${heading('Errors', 'src/contract/errors.ts, src/contract/wire.ts and src/runtime/membrane/problem.ts')}
## Faults

A failure that a caller may expect has a stable code: \`code\` of a \`Fault\`, of a problem+json body (RFC 9457), and of what
the command line prints with \`--json\`. Compare the code, never the sentence. \`status\` is the HTTP status of a receptor's
answer, \`exit\` the exit code of the command line.

${table(['code', 'status', 'exit', 'meaning'], faults)}

## Rejections

Why a membrane refuses a whole frame of another node. It answers with a problem+json whose \`code\` is the reason, counts
it, and shows the counts under \`rejected\` in \`peertree status\`.

${table(['code', 'status', 'meaning'], REJECTIONS.map(rejectionRow))}
`;
}

/** A refusal is made here as the membrane makes it, so that the page can't say anything else. */
function rejectionRow(code: (typeof REJECTIONS)[number]): string[] {
  const { status, bytes } = problem(code, '', 0);
  const { title } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { title: string };
  return [`\`${code}\``, `${status}`, title];
}

export function genomeSchema(): string {
  return `${JSON.stringify(GENOME_SCHEMA, null, 2)}\n`;
}
