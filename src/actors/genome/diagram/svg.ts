import type { Graph } from './graph.ts';
import { type Direction, LINE_HEIGHT, layOut, type PlacedArrow, type PlacedBox, type Point } from './layout.ts';

/**
 * A graph as an SVG picture that needs nothing else: no font, no script, and colours for light and dark pages.
 *
 * @example svg(chartGraph('tickets', plan.chart), 'down')
 */
export function svg(graph: Graph, direction: Direction): string {
  const { width, height, boxes, arrows } = layOut(graph, direction);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(graph.title)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0L8,4L0,8z"/></marker></defs>',
    ...boxes.map(boxPicture),
    ...arrows.map((arrow) => arrowLine(arrow, direction)),
    ...arrows.map(arrowLabel),
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = [
  'text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1b1f24}',
  '.title{font-weight:bold}',
  'rect{fill:#f6f8fa;stroke:#57606a}',
  '.parallel>rect{stroke-dasharray:5 3}',
  '.receptor>rect{fill:#ddf4ff}',
  '.start,marker path{fill:#57606a}',
  '.line{fill:none;stroke:#57606a}',
  '.label{paint-order:stroke;stroke:#fff;stroke-width:4px;text-anchor:middle}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#161b22;stroke:#8b949e}.receptor>rect{fill:#0c2d6b}',
  '.start,marker path{fill:#8b949e}.line{stroke:#8b949e}.label{stroke:#0d1117}}',
].join('');

function boxPicture({ box, x, y, width, height }: PlacedBox): string {
  if (box.kind === 'start') return `<circle class="start" cx="${round(x + 7)}" cy="${round(y + 7)}" r="7"/>`;
  const rectangle = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${box.kind === 'receptor' ? 2 : 8}"/>`;
  const inner =
    box.kind === 'final'
      ? `<rect x="${round(x + 3)}" y="${round(y + 3)}" width="${round(width - 6)}" height="${round(height - 6)}" rx="6"/>`
      : '';
  const left = round(x + (box.kind === 'history' ? 8 : 12));
  const top = y + (box.kind === 'history' ? 20 : 24);
  const title = `<text class="title" x="${left}" y="${round(top)}">${escaped(box.title)}</text>`;
  const lines = box.lines.map(
    (line, index) => `<text x="${left}" y="${round(top + (index + 1) * LINE_HEIGHT)}">${escaped(line)}</text>`,
  );
  return `<g class="${box.kind}">${rectangle}${inner}${title}${lines.join('')}</g>`;
}

/** Bends smoothly from point to point, leaving each in the direction of the layers. */
function arrowLine({ points }: PlacedArrow, direction: Direction): string {
  const bends = points.slice(1).map((to, index) => {
    const from = points[index] ?? to;
    const half = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    const [first, second] =
      direction === 'down'
        ? [
            { x: from.x, y: half.y },
            { x: to.x, y: half.y },
          ]
        : [
            { x: half.x, y: from.y },
            { x: half.x, y: to.y },
          ];
    return `C${at(first)} ${at(second)} ${at(to)}`;
  });
  return `<path class="line" marker-end="url(#head)" d="M${at(points[0] ?? { x: 0, y: 0 })}${bends.join('')}"/>`;
}

function arrowLabel({ label, at: { x, y } }: PlacedArrow): string {
  const top = y - ((label.length - 1) * LINE_HEIGHT) / 2 + 4;
  const lines = label.map(
    (line, index) => `<tspan x="${round(x)}" y="${round(top + index * LINE_HEIGHT)}">${escaped(line)}</tspan>`,
  );
  return label.length === 0 ? '' : `<text class="label">${lines.join('')}</text>`;
}

const at = ({ x, y }: Point): string => `${round(x)},${round(y)}`;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const ENTITIES: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
