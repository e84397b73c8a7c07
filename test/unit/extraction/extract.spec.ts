import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { extract } from '../../../src/runtime/extraction/extract.ts';
import { pdf, pdfOf } from '../../papers/pdf.ts';
import { photo } from '../../papers/photo.ts';
import { docx, zip } from '../../papers/zip.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('the text of', () => {
  it.each([
    ['a.txt', bytes('The boat.'), 'The boat.'],
    ['a.txt', bytes('\ufeffThe boat.'), 'The boat.'],
    ['a.txt', Buffer.from('\ufeffDas Öl', 'utf16le'), 'Das Öl'],
    ['a.txt', Buffer.from('Das \u00d6l f\u00fcr', 'latin1'), 'Das Öl für'],
    ['notes', bytes('no ending at all'), 'no ending at all'],
    ['a.md', bytes('# Head\n\ntext'), '# Head\n\ntext'],
    ['a.csv', bytes('name,price\nboat,9\n'), 'name,price\nboat,9\n'],
    ['a.json', bytes('{"boat": 9}'), '{"boat": 9}'],
    ['a.ts', bytes('export const boat = 9;'), 'export const boat = 9;'],
    ['empty.txt', bytes(''), ''],
  ])('%s', async (name, content, text) =>
    expect(await extract(name, content)).toEqual({ ok: true, text, about: '', cut: false }),
  );

  it('a page, as its reader sees it', async () => {
    const page = `<!doctype html><html><head><title>Boats &amp; more</title><meta name="description" content="All of them">
      <style>p { color: red }</style><script>var secret = "<p>no</p>"</script></head>
      <body><h1>Sailing</h1><p>caf&eacute; <b>har</b>bour</p><!-- no --><td>a</td><td>b</td></body></html>`;
    const found = await extract('a.html', bytes(page));
    expect(found).toMatchObject({ ok: true, about: 'Boats & more\nAll of them' });
    expect('text' in found && found.text.split(/\s+/).filter((word) => word !== '')).toEqual([
      'Sailing',
      'café',
      'harbour',
      'a',
      'b',
    ]);
  });

  it('a PDF, whatever it is called', async () => {
    const found = await extract('scan.txt', pdf(['The lease of (the) boat\nsecond line', 'page two'], 'Lease'));
    expect(found).toMatchObject({ ok: true, about: 'Lease', cut: false });
    expect('text' in found && found.text).toMatch(/The lease of \(the\) boat\s+second line\s+page two/);
  });

  it('a Word document', async () => {
    expect(await extract('a.docx', docx('The lease\nof <the> boat & more'))).toMatchObject({
      ok: true,
      text: 'The lease\n\nof <the> boat & more\n\n',
    });
  });

  it('a picture is what is written into it', async () => {
    const picture = photo({
      description: 'The harbour at dawn',
      artist: 'Anna Berg',
      make: 'Lumix',
      taken: '2024:06:15 05:00:00',
    });
    expect(await extract('a.jpg', picture)).toEqual({
      ok: true,
      text: '',
      about: 'The harbour at dawn\nAnna Berg\nLumix\ntaken 15 June 2024',
      cut: false,
    });
  });
});

describe('what has no text', () => {
  it.each([
    [
      'random bytes named .txt',
      'a.txt',
      Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 256)),
      'not-text',
    ],
    ['a packed file named .txt', 'a.txt', gzipSync('boat'), 'not-text'],
    ['a PDF that is none', 'a.pdf', bytes('nothing of the kind'), 'unreadable'],
    ['a PDF that ends early', 'a.pdf', pdf(['The lease']).subarray(0, 60), 'unreadable'],
    ['a document that is none', 'a.docx', bytes('PK nothing'), 'unreadable'],
    ['a document without its text', 'a.docx', zip([{ name: 'a', bytes: bytes('a') }]), 'unreadable'],
    ['a picture that is none', 'a.jpg', bytes('nothing of the kind'), 'unreadable'],
  ])('%s', async (_what, name, content, reason) => expect(await extract(name, content)).toEqual({ ok: false, reason }));

  it('is told of any bytes under any name, and nothing is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom('a.txt', 'a.html', 'a.docx', 'a.jpg', 'a'),
        async (content, name) => {
          expect(typeof (await extract(name, content)).ok).toBe('boolean');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is told of invalid UTF-8 that is text for the rest', async () => {
    expect(
      await extract('a.txt', Buffer.concat([bytes('boat '), Buffer.from([0xff, 0xc3, 0x28]), bytes(' ends')])),
    ).toMatchObject({ ok: true });
    expect(await extract('a.txt', bytes('Öl').subarray(0, 1))).toMatchObject({ ok: true });
  });
});

describe('a bomb', () => {
  it('of zeros in a document is not unpacked', async () => {
    const zeros = Buffer.alloc(LIMITS.inflatedBytesMax / 2 + 1);
    const bomb = docx('boat', [
      { name: 'a', bytes: zeros, claimed: 10 },
      { name: 'b', bytes: zeros.subarray(1), claimed: 10 },
    ]);
    expect(bomb.byteLength).toBeLessThan(1_000_000);
    expect(await extract('a.docx', bomb)).toEqual({ ok: false, reason: 'too-large' });
  });

  it('of a hundred thousand elements within each other is read', async () => {
    const deep = `${'<div>'.repeat(100_000)}boat${'</div>'.repeat(100_000)}<p>harbour`;
    const found = await extract('a.html', bytes(deep));
    expect('text' in found && found.text.split(/\s+/).filter((word) => word !== '')).toEqual(['boat', 'harbour']);
  });

  it.each([
    ['unclosed tags', '<a '.repeat(100_000)],
    ['unclosed comments', '<!--'.repeat(100_000)],
    ['entities', '&amp'.repeat(100_000)],
    ['closing tags', '</p>'.repeat(100_000)],
    ['attributes', `<p ${'a=b '.repeat(100_000)}>`],
  ])('of %s in a page is read', async (_what, page) =>
    expect(await extract('a.html', bytes(page))).toMatchObject({ ok: true }),
  );

  it('of pages that are each other is no document', async () => {
    const loop = pdfOf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>',
      '<< /Type /Pages /Kids [2 0 R] /Count 1000000 /Parent 2 0 R >>',
    ]);
    expect(await extract('a.pdf', loop)).toMatchObject({ ok: false });
  });

  it('of text is cut, and said so', async () => {
    const long = await extract('a.txt', Buffer.alloc(LIMITS.textBytesMax + 1, 'boat '));
    expect(long).toMatchObject({ ok: true, cut: true });
    expect('text' in long && long.text.length).toBe(LIMITS.textBytesMax);
    expect(await extract('a.txt', Buffer.alloc(LIMITS.textBytesMax, 'boat '))).toMatchObject({ ok: true, cut: false });
  });
});
