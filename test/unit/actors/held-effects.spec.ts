import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Store, Write } from '../../../src/contract/ports.ts';
import { organOf, Stage } from './stage.ts';

/** A disk whose flushes end when the test says so, in order, each well or badly. */
class ManualDisk {
  readonly durable = new Set<string>();
  #flights: { readonly writes: readonly Write[]; resolve(): void; reject(error: unknown): void }[] = [];

  commit(writes: readonly Write[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#flights.push({ writes, resolve, reject });
    });
  }

  get flights(): number {
    return this.#flights.length;
  }

  land(): void {
    const flight = this.#flights.shift();
    for (const write of flight?.writes ?? []) this.durable.add(write.key);
    flight?.resolve();
  }

  crash(): void {
    this.#flights = [];
  }
}

/** What happens next: a message whose step writes so many rows, the end of a flush, or time for the actors. */
const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('send' as const), rows: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('land' as const), rows: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('turn' as const), rows: fc.constant(0) }) },
);

const rowsOf = (step: number, count: number): string[] => Array.from({ length: count }, (_, row) => `${step}/${row}`);

describe('held effects', () => {
  it('leave in the order of their steps, each after its writes and all earlier ones are durable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 60 }), fc.boolean(), async (events, crashes) => {
        const disk = new ManualDisk();
        const stage = new Stage({
          store: (store) => Object.assign(Object.create(store) as Store, disk, { commit: disk.commit.bind(disk) }),
        });
        const rows: number[] = [];
        const left: number[] = [];
        const organ = organOf('w', 0, {
          receive: {
            'w.step': (facts, { body }: { body: { step: number; rows: number } }) => ({
              facts: facts + 1,
              writes: rowsOf(body.step, body.rows).map((key) => ({ table: 'facts' as const, key, value: 1 })),
              effects: [{ effect: 'run' as const, name: 'leave', params: body.step }],
            }),
          },
          effects: {
            leave: (step: number) => {
              expect(step).toBe(left.length);
              for (let earlier = 0; earlier <= step; earlier++) {
                for (const row of rowsOf(earlier, rows[earlier] as number)) expect(disk.durable.has(row)).toBe(true);
              }
              expect(cell.facts('w')).toBe(step + 1);
              left.push(step);
            },
          },
        });
        const cell = stage.system([organ]);
        for (const { act, rows: count } of events) {
          if (act === 'send') cell.tell({ kind: 'w.step', body: { step: rows.push(count) - 1, rows: count } });
          else if (act === 'land') disk.land();
          else await stage.settle();
          expect(disk.flights).toBeLessThanOrEqual(1);
        }
        if (crashes) {
          cell.kill();
          disk.crash();
          const before = left.length;
          await stage.settle();
          expect(left).toHaveLength(before);
          return;
        }
        await stage.settle();
        while (disk.flights > 0) {
          disk.land();
          await stage.settle();
        }
        // Nothing is held for ever, and what is not preceded by a write in flight never waits.
        expect(left).toEqual(rows.map((_, step) => step));
      }),
      { numRuns: 150 },
    );
  });
});
