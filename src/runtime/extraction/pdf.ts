import { getDocumentProxy } from 'unpdf';
import { LIMITS } from '../../contract/limits.ts';
import type { Extracted } from '../../contract/memory.ts';
import { TextBuffer } from './text-buffer.ts';
import { Unextractable } from './unextractable.ts';

/** The text of a PDF, page by page, and what it says of itself. Scanned pages have none. */
export async function pdf(bytes: Uint8Array): Promise<Extracted> {
  const text = new TextBuffer();
  const document = await open(bytes);
  try {
    const pages = Math.min(document.numPages, LIMITS.pdfPagesMax);
    for (let number = 1; number <= pages && !text.full; number++) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      for (const item of items) {
        if ('str' in item) text.add(item.hasEOL ? `${item.str}\n` : item.str);
      }
      text.add('\n\n');
      page.cleanup();
    }
    return { text: text.toString(), about: await aboutOf(document), cut: text.cut || pages < document.numPages };
  } finally {
    await document.loadingTask.destroy();
  }
}

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;

async function open(bytes: Uint8Array): Promise<Document> {
  try {
    // A copy: the library refuses Node's buffers, and takes those it is given for good.
    return await getDocumentProxy(new Uint8Array(bytes), { isEvalSupported: false, verbosity: 0 });
  } catch (error) {
    throw new Unextractable(error instanceof Error && error.name === 'PasswordException' ? 'protected' : 'unreadable');
  }
}

async function aboutOf(document: Document): Promise<string> {
  const { info } = await document.getMetadata();
  return ['Title', 'Author', 'Subject', 'Keywords']
    .flatMap((field) => {
      const value: unknown = Reflect.get(info, field);
      return typeof value === 'string' && value.trim() !== '' ? [value.slice(0, 1_000)] : [];
    })
    .join('\n');
}
