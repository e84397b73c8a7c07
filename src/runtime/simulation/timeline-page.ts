import type { Chronicle, Mark, Span } from './chronicle.ts';
import type { Verdict } from './simulate.ts';

const LANE_PX = 34;
const LABEL_PX = 90;
const WIDTH_PX = 1_400;
const FAULT_PX = 14;

/** Colours of modes; whatever is none of them is grey. */
const COLOURS: { readonly [kind: string]: string } = {
  up: '#dbe7dd',
  fault: '#e9c46a',
  placed: '#5aa469',
  seeking: '#b9c6d3',
  joining: '#8fb4d9',
  relocating: '#6f9ad3',
  orphan: '#e07a5f',
  rejoining: '#c9a0dc',
  leaving: '#8d8d8d',
  call: '#2f6f4f',
  refusal: '#b5651d',
  entry: '#26437a',
  sign: '#333333',
  breach: '#c1121f',
};

/**
 * A run as a picture: a lane for each node with its lives, modes and answers, above them the faults, and where it broke. One
 * self-contained HTML file; nothing is loaded from anywhere.
 */
export function timelinePage(chronicle: Chronicle, verdict: Verdict): string {
  const until = verdict.virtualMs;
  const nodes = [...new Set(chronicle.spans.map(({ lane }) => lane))]
    .filter((lane) => lane !== 'faults')
    .sort(byNumber);
  const rows = rowsOf(chronicle.spans.filter(({ lane }) => lane === 'faults'));
  const top = (Math.max(1, ...rows.values()) + 1) * FAULT_PX + 20;
  const place: Place = {
    x: (at) => LABEL_PX + (Math.min(at, until) / Math.max(until, 1)) * (WIDTH_PX - LABEL_PX - 10),
    y: (lane) => (lane === 'faults' ? 0 : top + nodes.indexOf(lane) * LANE_PX),
    until,
  };
  const height = top + nodes.length * LANE_PX + 30;
  const body = [
    ...axis(place, height),
    ...nodes.map((lane) => `<text x="4" y="${place.y(lane) + 20}">${lane}</text>`),
    `<text x="4" y="14">faults</text>`,
    ...chronicle.spans.map((span) => (span.lane === 'faults' ? faultBar(span, place, rows) : bar(span, place))),
    ...chronicle.marks.map((mark) => sign(mark, place, height)),
  ];
  return page(
    verdict,
    `<svg viewBox="0 0 ${WIDTH_PX} ${height}" xmlns="http://www.w3.org/2000/svg">${body.join('\n')}</svg>`,
  );
}

interface Place {
  x(at: number): number;
  y(lane: string): number;
  readonly until: number;
}

const byNumber = (a: string, b: string): number => Number(a.slice(5)) - Number(b.slice(5));

/** Faults that last at the same time lie below each other. */
function rowsOf(faults: readonly Span[]): Map<Span, number> {
  const ends: number[] = [];
  const rows = new Map<Span, number>();
  for (const span of faults) {
    const free = ends.findIndex((end) => end <= span.from);
    const row = free < 0 ? ends.length : free;
    ends[row] = span.until ?? Number.POSITIVE_INFINITY;
    rows.set(span, row);
  }
  return rows;
}

function bar(span: Span, place: Place): string {
  const isLife = span.kind === 'up';
  const y = place.y(span.lane) + (isLife ? 4 : 12);
  return rect(span, place, y, isLife ? 26 : 10);
}

function faultBar(span: Span, place: Place, rows: ReadonlyMap<Span, number>): string {
  const y = 18 + (rows.get(span) ?? 0) * FAULT_PX;
  const name = (JSON.parse(span.what) as { kind: string }).kind;
  const label = `<text class="small" x="${fixed(place.x(span.from) + 2)}" y="${y + 9}">${escaped(name)}</text>`;
  return rect(span, place, y, FAULT_PX - 2) + label;
}

function rect({ kind, what, from, until }: Span, place: Place, y: number, height: number): string {
  const end = until ?? place.until;
  const [x, width] = [place.x(from), Math.max(1, place.x(end) - place.x(from))];
  const title = `${what} (${seconds(from)} to ${until === null ? 'the end' : seconds(end)})`;
  const fill = COLOURS[kind] ?? '#bbbbbb';
  return `<rect x="${fixed(x)}" y="${y}" width="${fixed(width)}" height="${height}" fill="${fill}"><title>${escaped(title)}</title></rect>`;
}

function sign({ lane, kind, what, at }: Mark, place: Place, height: number): string {
  const x = fixed(place.x(at));
  const title = `<title>${escaped(`${seconds(at)}: ${what}`)}</title>`;
  if (kind === 'breach')
    return `<line x1="${x}" x2="${x}" y1="0" y2="${height}" stroke="${COLOURS.breach}" stroke-width="2">${title}</line>`;
  const y = place.y(lane) + (kind === 'call' || kind === 'refusal' ? 24 : 8);
  return `<circle cx="${x}" cy="${y}" r="${kind === 'sign' ? 2.5 : 2}" fill="${COLOURS[kind]}">${title}</circle>`;
}

function axis(place: Place, height: number): string[] {
  const step =
    [1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000].find((ms) => place.until / ms <= 20) ?? 3_600_000;
  const lines: string[] = [];
  for (let at = 0; at <= place.until; at += step) {
    const x = fixed(place.x(at));
    lines.push(`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${height - 14}"/>`);
    lines.push(`<text class="small" x="${x}" y="${height - 2}">${seconds(at)}</text>`);
  }
  return lines;
}

function page({ seed, cells, trace, violation }: Verdict, picture: string): string {
  const breach = violation === null ? 'every invariant held' : `${violation.invariant} at ${seconds(violation.at)}`;
  const detail = violation === null ? '' : `<pre>${escaped(violation.detail)}</pre>`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>seed ${seed}: ${escaped(breach)}</title>
<style>
  body { font: 14px system-ui, sans-serif; margin: 1rem; color: #222; background: #fff; }
  svg { width: 100%; min-width: 900px; } text { font-size: 12px; } .small { font-size: 9px; }
  .grid { stroke: #eee; } rect:hover, circle:hover { stroke: #000; } pre { white-space: pre-wrap; color: ${COLOURS.breach}; }
</style>
<h1>Seed ${seed}, ${cells} cells: ${escaped(breach)}</h1>
<p>trace <code>${trace}</code>. Point at anything to read what it is. Green dots are answers, brown ones refusals, blue ones entries of the log.</p>
${detail}
${picture}
</html>
`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function fixed(px: number): string {
  return px.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
