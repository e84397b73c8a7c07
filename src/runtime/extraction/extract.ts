import { LIMITS } from '../../contract/limits.ts';
import type { Extracted, Extraction } from '../../contract/memory.ts';
import { kindOf } from './kind.ts';
import { decode } from './plain.ts';
import { TextBuffer } from './text-buffer.ts';
import { Unextractable } from './unextractable.ts';

/**
 * Gets the text out of a file, in the process that it is called in: for files that may do harm, call it through
 * `ExtractionProcess`. Libraries are loaded when a file first needs them.
 */
export async function extract(name: string, bytes: Uint8Array): Promise<Extraction> {
  try {
    return { ok: true, ...(await read(name, bytes)) };
  } catch (error) {
    return { ok: false, reason: error instanceof Unextractable ? error.reason : 'unreadable' };
  }
}

async function read(name: string, bytes: Uint8Array): Promise<Extracted> {
  switch (kindOf(name, bytes)) {
    case 'plain':
      return plainText(bytes);
    case 'html':
      return (await import('./html.ts')).html(bytes);
    case 'pdf':
      return (await import('./pdf.ts')).pdf(bytes);
    case 'docx':
      return (await import('./docx.ts')).docx(bytes);
    case 'picture':
      return (await import('./picture.ts')).picture(bytes);
    case 'opaque':
      throw new Unextractable('not-text');
  }
}

/** Text as it is, the first LIMITS.textBytesMax bytes of it. */
export function plainText(bytes: Uint8Array): Extracted {
  const text = new TextBuffer();
  text.add(decode(bytes.subarray(0, LIMITS.textBytesMax)));
  return { text: text.toString(), about: '', cut: text.cut || bytes.byteLength > LIMITS.textBytesMax };
}
