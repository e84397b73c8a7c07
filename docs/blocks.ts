/** The code that the pages show: where each piece stands, and what it says. */

/** One fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Of its opening fence, from 1. */
  readonly line: number;
  /** The first word behind the fence: `console`, `sh`, `ts`, ... */
  readonly language: string;
  /** Of a block that shows a file: its path from the repository's root. */
  readonly file: string | undefined;
  readonly text: string;
}

const FENCED = /^```(?<language>\S*)(?: file=(?<file>\S+))?[^\n]*\n(?<text>.*?)^```$/gms;

/** Every fenced block, in order. Throws where a fence is never closed. */
export function blocksOf(page: string, markdown: string): Block[] {
  const blocks = [...markdown.matchAll(FENCED)].map(({ index, groups }) => ({
    page,
    line: lineAt(markdown, index),
    language: groups?.language ?? '',
    file: groups?.file,
    text: groups?.text ?? '',
  }));
  const fences = markdown.match(/^```/gm)?.length ?? 0;
  if (fences !== 2 * blocks.length) throw new Error(`${page} has a fence that is not closed`);
  return blocks;
}

/** The code spans of the prose, each with its line: `peertree up` between single backticks. */
export function spansOf(markdown: string): { readonly line: number; readonly text: string }[] {
  // Blank lines in place of blocks, so that the numbers of the lines stay true.
  const prose = markdown.replace(FENCED, (block) => block.replace(/[^\n]/g, ''));
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(({ index, 1: text = '' }) => ({ line: lineAt(prose, index), text }));
}

/** The same page, with every `file=PATH` block holding what `read` gives for that path. */
export function fillFiles(markdown: string, read: (path: string) => string): string {
  return markdown.replace(FENCED, (block, _language: string, path: string | undefined) => {
    if (path === undefined) return block;
    const opening = block.slice(0, block.indexOf('\n') + 1);
    return `${opening}${read(path)}\`\`\``;
  });
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
