import { describe, expect, it } from 'vitest';
import { type Figure, median } from '../../../bench/figure.ts';
import { aligned, rowOf } from '../../../bench/report.ts';

const figure = (expected?: Figure['expected']): Figure => ({
  name: 'put',
  unit: 'MiB/s',
  ...(expected && { expected }),
  run: async () => ({ skipped: 'never run here' }),
});
const measured = (value: number) => ({ value, samples: [value] });

describe('a figure', () => {
  it('is reached on its side of the bound and at it', () => {
    expect(rowOf(figure({ atLeast: 40 }), measured(40))).toMatchObject({ outcome: 'reached', ratio: 1 });
    expect(rowOf(figure({ atLeast: 40 }), measured(39))).toMatchObject({ outcome: 'missed', ratio: 0.975 });
    expect(rowOf(figure({ atMost: 2 }), measured(2))).toMatchObject({ outcome: 'reached' });
    expect(rowOf(figure({ atMost: 2 }), measured(2.01))).toMatchObject({ outcome: 'missed' });
  });

  it('of which nothing is expected is only stated', () => {
    expect(rowOf(figure(), measured(12.3456))).toEqual({
      name: 'put',
      unit: 'MiB/s',
      outcome: 'measured',
      value: 12.3,
      samples: [12.3],
    });
  });

  it('that was skipped says why', () => {
    expect(rowOf(figure({ atLeast: 1 }), { skipped: 'no disk' })).toMatchObject({
      outcome: 'skipped',
      reason: 'no disk',
    });
  });

  it('is judged before it is rounded', () => {
    expect(rowOf(figure({ atLeast: 40 }), measured(39.99))).toMatchObject({ outcome: 'missed', value: 40 });
  });
});

describe('the median', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
  ])('of %o is %d', (samples, middle) => expect(median(samples)).toBe(middle));
});

describe('the table', () => {
  it('lines up names to the left and numbers to the right', () => {
    const rows = [rowOf(figure({ atLeast: 40 }), measured(101.4)), rowOf(figure({ atMost: 2 }), measured(1.5))];
    expect(
      aligned([...rows, { name: 'get', unit: 'MiB/s', outcome: 'failed', reason: 'no cells' }]).split('\n'),
    ).toEqual([
      'figure  measured  unit   expected  ratio',
      'put          101  MiB/s     >= 40   2.54  reached',
      'put          1.5  MiB/s      <= 2   0.75  reached',
      'get            -  MiB/s                   failed: no cells',
    ]);
  });
});
