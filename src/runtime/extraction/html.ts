import { Parser } from 'htmlparser2';
import type { Extracted } from '../../contract/memory.ts';
import { decode } from './plain.ts';
import { TextBuffer } from './text-buffer.ts';

const SILENT = new Set(['script', 'style', 'template', 'noscript', 'svg']);
/** Elements that end a thought: without a pause their words would run into the next ones. */
const BLOCKS = new Set(
  'address article aside blockquote br dd div dl dt figcaption footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul title text'.split(
    ' ',
  ),
);
/** Elements open at once; what is deeper is read as if it were at this depth. */
const DEPTH_MAX = 128;

/** The words of a page as its reader sees them; title, description and keywords are said about it. */
export function html(bytes: Uint8Array): Extracted {
  const text = new TextBuffer();
  const about: string[] = [];
  let title = '';
  let inTitle = false;
  let silent = 0;
  const parser = new Parser({
    onopentag: (name, { name: meta, content }) => {
      if (SILENT.has(name)) silent++;
      if (name === 'title') inTitle = true;
      if (name === 'meta' && /^(description|keywords|author)$/i.test(meta ?? '') && content !== undefined)
        about.push(content);
      if (BLOCKS.has(name)) text.add('\n');
    },
    ontext: (piece) => {
      if (inTitle) title += title.length < 1_000 ? piece : '';
      else if (silent === 0) text.add(piece);
    },
    onclosetag: (name) => {
      if (SILENT.has(name)) silent = Math.max(0, silent - 1);
      if (name === 'title') inTitle = false;
      if (BLOCKS.has(name)) text.add('\n\n');
    },
  });
  parser.write(flattened(decode(bytes)));
  parser.end();
  return { text: text.toString(), about: [title, ...about].join('\n').trim(), cut: text.cut };
}

/**
 * The parser looks through all open elements at every closing one: a page of a hundred thousand elements within each
 * other would take minutes. Tags beyond a depth that no reader would see are left out first.
 */
function flattened(page: string): string {
  let depth = 0;
  return page.replace(/<(\/?)([a-z][a-z0-9-]{0,30})(?=[\s/>])/gi, (tag, closing: string, name: string) => {
    if (VOID.has(name.toLowerCase())) return tag;
    depth = Math.max(0, depth + (closing === '' ? 1 : -1));
    return depth > DEPTH_MAX ? '<br data-deep' : tag;
  });
}

const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
