import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { Result } from '../../../src/contract/wire.ts';
import {
  acknowledge,
  assignNumbers,
  EMPTY_LANE,
  insertRow,
  type Lane,
  messagesOf,
  nextNumber,
  realign,
  SKIP_KIND,
  takeRows,
} from '../../../src/organs/outbox/lane.ts';
import { acceptOrdered, type Mark, markFor, numberOf, outcomeFor, readMark } from '../../../src/organs/outbox/marks.ts';
import type { Row } from '../../../src/organs/outbox/rows.ts';
import { nodeName } from '../../stage/organism.ts';
import { Shelf } from '../../stage/shelf.ts';

const row = (seq: number, bytes = 10): Row => ({
  seq,
  to: { cell: nodeName(2) },
  tree: null,
  kind: 'test.do',
  body: { seq },
  bytes,
  expiresAt: 1,
});
const laneOf = (...seqs: number[]): Lane => seqs.reduce((lane, seq) => insertRow(lane, row(seq)), EMPTY_LANE);
const drop = (lane: Lane, ...seqs: number[]): Lane => takeRows(lane, ({ seq }) => seqs.includes(seq)).lane;
const shown = (lane: Lane): string[] =>
  messagesOf(lane, null).map(({ id, kind, body }) =>
    kind === SKIP_KIND ? `skip ${(body as { after: number }).after}-${id}` : `${id}:${(body as { seq: number }).seq}`,
  );

describe('a lane', () => {
  it('keeps rows in the order of their arrival, whatever order the disk took them in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 50 })), (seqs) => {
        const twice = [...seqs, ...seqs];
        expect(laneOf(...twice).waiting.map(({ seq }) => seq)).toEqual([...seqs].sort((a, b) => a - b));
      }),
    );
  });

  it('numbers rows when they are sent first, and never again', () => {
    const sent = assignNumbers(laneOf(3, 5), 10);
    expect(shown(sent)).toEqual(['1:3', '2:5']);
    const later = assignNumbers(insertRow(sent, row(4)), 10);
    expect(shown(later)).toEqual(['1:3', '2:5', '3:4']);
  });

  it('leaves no trace of a row that had no number', () => {
    expect(shown(assignNumbers(drop(laneOf(1, 2, 3), 2), 10))).toEqual(['1:1', '2:3']);
  });

  it('sends a skip in place of numbers that lost their row, but none at the end', () => {
    const sent = assignNumbers(laneOf(1, 2, 3, 4, 5, 6), 10);
    expect(shown(drop(sent, 1, 3, 4, 6))).toEqual(['skip 0-1', '2:2', 'skip 2-4', '5:5']);
    expect(shown(drop(sent, 1, 2, 3, 4, 5, 6))).toEqual([]);
    expect(nextNumber(drop(sent, 1, 2, 3, 4, 5, 6))).toBe(7);
  });

  it('settles everything up to the number acknowledged', () => {
    const sent = drop(assignNumbers(laneOf(1, 2, 3, 4), 10), 2);
    const { lane, settled } = acknowledge(sent, 3);
    expect(settled.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(shown(lane)).toEqual(['4:4']);
    expect(acknowledge(lane, 2)).toEqual({ lane, settled: [] });
  });

  it('goes into one frame up to the limit of messages, and not one past it', () => {
    const full = laneOf(...Array.from({ length: 6 }, (_, index) => index + 1));
    expect(shown(assignNumbers(full, 5))).toHaveLength(5);
    expect(assignNumbers(assignNumbers(full, 5), 5).waiting).toHaveLength(1);
  });

  it('goes into one frame up to its bytes, but always with at least one message', () => {
    const half = LIMITS.frameBytesMax / 2;
    const lane = [row(1, half), row(2, half), row(3, half)].reduce(insertRow, EMPTY_LANE);
    expect(shown(assignNumbers(lane, 10))).toEqual(['1:1']);
    const huge = insertRow(EMPTY_LANE, row(1, LIMITS.frameBytesMax * 2));
    expect(shown(assignNumbers(huge, 10))).toEqual(['1:1']);
  });

  it('skips what a receiver forgot that it had acknowledged', () => {
    const { lane } = acknowledge(assignNumbers(laneOf(1, 2, 3, 4), 10), 3);
    expect(shown(realign(lane, 1))).toEqual(['skip 1-3', '4:4']);
  });

  it('gives numbers that were never used where this node forgot what it had sent', () => {
    expect(shown(realign(assignNumbers(laneOf(1, 2), 10), 7))).toEqual(['8:1', '9:2']);
  });
});

describe('the receiving side', () => {
  const accept = (mark: number, id: string, kind = 'test.do', body = {}) => acceptOrdered(mark, { id, kind, body });

  it.each([
    [0, '1', 'apply'],
    [4, '5', 'apply'],
    [5, '5', 'duplicate'],
    [5, '3', 'duplicate'],
    [5, '7', 'gap'],
    [5, '0', 'malformed'],
    [5, '06', 'malformed'],
    [5, 'six', 'malformed'],
    [5, '9007199254740993', 'malformed'],
  ])('with mark %i takes message %s as %s', (mark, id, acceptance) => expect(accept(mark, id)).toBe(acceptance));

  it.each([
    [5, 3, '9', 'apply'],
    [5, 5, '9', 'apply'],
    [5, 6, '9', 'gap'],
    [9, 5, '9', 'duplicate'],
  ])('with mark %i takes a skip after %i to %s as %s', (mark, after, id, acceptance) =>
    expect(accept(mark, id, SKIP_KIND, { after })).toBe(acceptance),
  );

  const mark: Mark = { from: nodeName(2), tree: null, settled: 5, refused: { 4: 'not-found' } };
  const bare = (id: number, kind = 'test.do') => ({ id: String(id), kind });

  it('says its mark wherever it doesn’t apply', () => {
    expect(outcomeFor('gap', mark, bare(7))).toEqual({ ok: false, code: 'gap', body: { mark: 5 } });
    expect(outcomeFor('duplicate', mark, bare(5))).toEqual({ ok: false, code: 'duplicate', body: { mark: 5 } });
  });

  it('answers what it refused as it did before', () => {
    expect(outcomeFor('duplicate', mark, bare(4))).toEqual({ ok: false, code: 'not-found', body: { mark: 5 } });
    expect(outcomeFor('duplicate', mark, bare(4, SKIP_KIND))).toMatchObject({ code: 'duplicate' });
  });

  it('notes a number with what became of it, and none that is to be offered again', () => {
    const disk = new Shelf();
    const noted = (message: ReturnType<typeof bare>, outcome: Outcome | undefined): Mark => {
      disk.put(markFor(readMark(disk, mark.from, null), message, outcome));
      return readMark(disk, mark.from, null);
    };
    const done: Outcome = { ok: true, body: null };
    expect(noted(bare(1), done)).toMatchObject({ settled: 1, refused: {} });
    expect(noted(bare(2), undefined)).toMatchObject({ settled: 2, refused: {} });
    expect(noted(bare(3), { ok: false, code: 'conflict' })).toMatchObject({ settled: 3, refused: { 3: 'conflict' } });
    expect(noted(bare(4), { ok: false, code: 'disk-full' })).toMatchObject({ settled: 3, refused: { 3: 'conflict' } });
    // An answer that was put off may still be a refusal.
    expect(noted(bare(2), { ok: false, code: 'not-found' })).toMatchObject({
      settled: 3,
      refused: { 2: 'not-found', 3: 'conflict' },
    });
    // A skip travels in one frame with messages whose answers the sender may yet miss.
    expect(noted(bare(9, SKIP_KIND), done)).toMatchObject({ settled: 9, refused: { 2: 'not-found', 3: 'conflict' } });
  });

  it('remembers refusals as long as a sender may ask again: for one frame of messages, and not one more', () => {
    const disk = new Shelf();
    for (let id = 1; id <= LIMITS.frameMessagesMax + 1; id++)
      disk.put(markFor(readMark(disk, mark.from, null), bare(id), { ok: false, code: 'not-found' }));
    const numbers = Object.keys(readMark(disk, mark.from, null).refused).map(Number);
    expect(numbers).toHaveLength(LIMITS.frameMessagesMax);
    expect(Math.min(...numbers)).toBe(2);
  });

  it('understands every frame of any lane, and ends where the lane does', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.uniqueArray(fc.nat(19)), fc.nat(20), (count, gone, acked) => {
        const seqs = Array.from({ length: count }, (_, index) => index);
        const sent = drop(assignNumbers(laneOf(...seqs), 100), ...gone);
        const { lane } = acknowledge(sent, Math.min(acked, count));
        let mark = lane.acked;
        const applied: number[] = [];
        for (const message of messagesOf(lane, null)) {
          expect(acceptOrdered(mark, message)).toBe('apply');
          mark = numberOf(message) ?? Number.NaN;
          if (message.kind !== SKIP_KIND) applied.push((message.body as { seq: number }).seq);
        }
        expect(applied).toEqual(seqs.filter((seq) => seq + 1 > acked && !gone.includes(seq)));
        const results: Result[] = messagesOf(lane, null).map(({ id }) => ({ id, status: 'applied' }));
        const last = results.at(-1);
        if (last !== undefined) expect(acknowledge(lane, Number(last.id)).lane.assigned).toEqual([]);
      }),
    );
  });
});
