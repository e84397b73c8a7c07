import type { Arrow, Box, Graph } from './graph.ts';

/** Graphs as Mermaid writes them, for pages that draw it. */

/** A state chart. @example stateDiagram(chartGraph('tickets', plan.chart)) */
export function stateDiagram({ boxes, arrows }: Graph): string {
  const starts = new Map(arrows.filter(({ from }) => from.startsWith('start_')).map(({ from, to }) => [from, to]));
  const taken = arrows.filter(({ from }) => !from.startsWith('start_')).map(arrowLine);
  return ['stateDiagram-v2', ...indented([...boxes.flatMap((box) => stateLines(box, starts)), ...taken])].join('\n');
}

function stateLines(box: Box, starts: ReadonlyMap<string, string>): string[] {
  const { id, kind, title, lines, inside } = box;
  if (kind === 'start') return [`[*] --> ${starts.get(id)}`];
  const name = `state "${[title, ...lines].map(escaped).join('<br/>')}" as ${id}`;
  if (inside.length === 0) return kind === 'final' ? [name, `${id} --> [*]`] : [name];
  const regions = inside.flatMap((child, index) => {
    const region = stateLines(child, starts);
    return kind === 'parallel' && index > 0 ? ['--', ...region] : region;
  });
  return [`${name} {`, ...indented(regions), '}'];
}

function arrowLine({ from, to, label }: Arrow): string {
  return `${from} --> ${to}${label.length === 0 ? '' : `: ${escaped(label.join(' '))}`}`;
}

/** Boxes and arrows. @example flowchart(receptorGraph(genome)) */
export function flowchart({ boxes, arrows }: Graph): string {
  const nodes = boxes.map(({ id, kind, title, lines }) => {
    const text = [title, ...lines].map(escaped).join('<br/>');
    return kind === 'receptor' ? `${id}["${text}"]` : `${id}("${text}")`;
  });
  const links = arrows.map(({ from, to, label }) => `${from} -->|"${escaped(label.join(' '))}"| ${to}`);
  return ['flowchart LR', ...indented([...nodes, ...links])].join('\n');
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** Characters that mean something to Mermaid, by their numbers. */
function escaped(text: string): string {
  return text.replaceAll(/[^\w\s.,+*/()=!?'@~$%^-]/gu, (character) => `#${character.codePointAt(0)};`);
}
