import mammoth from 'mammoth';
import { LIMITS } from '../../contract/limits.ts';
import type { Extracted } from '../../contract/memory.ts';
import { TextBuffer } from './text-buffer.ts';
import { Unextractable } from './unextractable.ts';
import { inflatedSize } from './zip.ts';

/** The text of a Word document. */
export async function docx(bytes: Uint8Array): Promise<Extracted> {
  if (inflatedSize(bytes) > LIMITS.inflatedBytesMax) throw new Unextractable('too-large');
  const { value } = await mammoth.extractRawText({ buffer: Buffer.from(bytes) });
  const text = new TextBuffer();
  text.add(value);
  return { text: text.toString(), about: '', cut: text.cut };
}
