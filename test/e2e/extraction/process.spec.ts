import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { type ExtractionBounds, ExtractionProcess } from '../../../src/runtime/extraction-process.ts';
import { pdf, pdfOf } from '../../papers/pdf.ts';
import { docx } from '../../papers/zip.ts';

let extractor: ExtractionProcess | undefined;
const open = (bounds?: ExtractionBounds): ExtractionProcess => {
  extractor = new ExtractionProcess(bounds);
  return extractor;
};
afterEach(() => extractor?.close());

const text = (content: string): Uint8Array => Buffer.from(content);
const fine = { ok: true, text: 'boat', about: '', cut: false };

describe('the process that reads files', () => {
  it('reads many, one after the other', async () => {
    const reader = open();
    const files = Array.from({ length: 20 }, (_, i) => reader.extract(`${i}.txt`, text(`boat ${i}`)));
    expect((await Promise.all(files)).map((found) => found.ok && found.text)).toEqual(files.map((_, i) => `boat ${i}`));
    expect(await reader.extract('a.docx', docx('boat'))).toMatchObject({ ok: true, text: 'boat\n\n' });
  });

  it('takes so many, and answers busy to the next', async () => {
    const reader = open();
    const files = Array.from({ length: LIMITS.extractionQueueMax + 1 }, () => reader.extract('a.txt', text('boat')));
    await expect(reader.extract('a.txt', text('boat'))).rejects.toMatchObject({ code: 'busy' });
    expect(await Promise.all(files)).toEqual(files.map(() => fine));
  });

  it('is ended by a file that takes too long, and begun anew by the next', async () => {
    const reader = open({ deadlineMs: 700 });
    const wide = pdf(Array(30_000).fill('boat'));
    expect(await reader.extract('a.pdf', wide)).toEqual({ ok: false, reason: 'too-slow' });
    await reader.close();
    expect(await open().extract('a.txt', text('boat'))).toEqual(fine);
  });

  it.runIf(process.platform === 'linux')(
    'is ended by a file that takes too much memory, and the next one is read',
    async () => {
      const reader = open({ rssMiB: 30 });
      expect(await reader.extract('a.txt', text('boat'))).toEqual({ ok: false, reason: 'too-much-memory' });
      expect(await reader.extract('a.txt', text('boat'))).toEqual({ ok: false, reason: 'too-much-memory' });
      expect(reader.pid).toBeUndefined();
    },
  );

  it('reads on when it is killed from outside', async () => {
    const reader = open();
    await reader.extract('a.txt', text('boat'));
    process.kill(reader.pid as number, 'SIGKILL');
    const [first, second] = [await reader.extract('a.txt', text('boat')), await reader.extract('a.txt', text('boat'))];
    expect([first.ok || first.reason === 'unreadable', second]).toEqual([true, fine]);
  });

  it('survives a PDF of a million objects', async () => {
    const reader = open();
    const many = pdfOf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [] /Count 0 >>',
      ...Array(1_000_000).fill('null'),
    ]);
    expect(typeof (await reader.extract('a.pdf', many)).ok).toBe('boolean');
    expect(await reader.extract('a.txt', text('boat'))).toEqual(fine);
  });

  it('is gone once there is nothing to do', async () => {
    const reader = open({ idleMs: 1 });
    await reader.extract('a.txt', text('boat'));
    await expect.poll(() => reader.pid).toBeUndefined();
  });

  it('takes nothing once it is closed', async () => {
    const reader = open();
    await reader.close();
    await expect(reader.extract('a.txt', text('boat'))).rejects.toMatchObject({ code: 'stopping' });
  });
});
