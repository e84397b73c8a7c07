import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/contract/errors.ts';
import { pieces } from '../../../src/organs/maps/pieces.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { chunks, codeOf, collect, content } from './desk.ts';

const cut = (source: AsyncIterable<Uint8Array>, size: number, signal = new AbortController().signal) =>
  pieces(source, { size, signal, log: memoryLog() });

async function list(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of source) all.push(piece);
  return all;
}

describe('pieces', () => {
  it('are all of the size but the last, and together what came, however it came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 150 }),
        async (parts, size) => {
          const source = (async function* () {
            yield* parts;
          })();
          const all = await list(cut(source, size));
          expect(Buffer.concat(all)).toEqual(Buffer.concat(parts));
          expect(all.slice(0, -1).every((piece) => piece.byteLength === size)).toBe(true);
          expect(all.every((piece) => piece.byteLength > 0 && piece.byteLength <= size)).toBe(true);
        },
      ),
    );
  });

  it('stay what they are when the source uses its buffer again', async () => {
    const source = (async function* () {
      const buffer = new Uint8Array(100);
      for (let round = 1; round <= 3; round++) yield buffer.fill(round);
    })();
    expect((await list(cut(source, 100))).map(([first]) => first)).toEqual([1, 2, 3]);
  });

  it('of a small file take little memory', async () => {
    const [piece] = await list(cut(chunks(content(10)), 4_194_304));
    expect(piece?.buffer.byteLength).toBe(65_536);
  });

  it('end as truncated where the source fails, and with its own fault where it has one', async () => {
    const failing = (error: Error) =>
      (async function* () {
        yield content(10);
        throw error;
      })();
    expect(await codeOf(list(cut(failing(new Error('reset')), 100)))).toBe('truncated');
    expect(await codeOf(list(cut(failing(new Fault('too-large')), 100)))).toBe('too-large');
  });

  it('are cancelled while the source says nothing, which is asked to close', async () => {
    let closed = false;
    const hanging: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          closed = true;
          return new Promise(() => undefined);
        },
      }),
    };
    const abort = new AbortController();
    const reading = codeOf(collect(cut(hanging, 100, abort.signal)));
    await Promise.resolve();
    abort.abort();
    expect(await reading).toBe('cancelled');
    expect(closed).toBe(true);
    expect(await codeOf(collect(cut(chunks(content(10)), 100, abort.signal)))).toBe('cancelled');
  });

  it('let the source close when nobody wants more, even where it fails to', async () => {
    const log = memoryLog();
    let closed = 0;
    const source = (async function* () {
      try {
        for (;;) yield content(100);
      } finally {
        closed += 1;
        // biome-ignore lint/correctness/noUnsafeFinally: a source that fails while it is being closed
        throw new Error('no way to close');
      }
    })();
    for await (const _ of pieces(source, { size: 100, signal: new AbortController().signal, log })) break;
    await new Promise(setImmediate);
    expect(closed).toBe(1);
    expect(log.lines.map(({ event }) => event)).toEqual(['file.source-not-closed']);
  });
});
