import { describe, expect, it } from 'vitest';
import type { Log, LogFields } from '../../src/contract/ports.ts';

export interface LogUnderTest {
  readonly log: Log;
  /** What was logged so far, without the time. */
  lines(): { level: string; event: string; fields: LogFields }[];
}

/** What every Log must do. */
export function logCompliance(name: string, open: () => LogUnderTest): void {
  describe(`${name} as a Log`, () => {
    it('keeps lines of every level in their order', () => {
      const { log, lines } = open();
      log.debug('a.first');
      log.info('b.second', { n: 1 });
      log.warn('c.third', { list: [null, 'x'] });
      log.error('d.fourth', { nested: { deep: true } });
      expect(lines()).toEqual([
        { level: 'debug', event: 'a.first', fields: {} },
        { level: 'info', event: 'b.second', fields: { n: 1 } },
        { level: 'warn', event: 'c.third', fields: { list: [null, 'x'] } },
        { level: 'error', event: 'd.fourth', fields: { nested: { deep: true } } },
      ]);
    });

    it('gives children’s lines their fields, of which the nearest wins', () => {
      const { log, lines } = open();
      const child = log.child({ node: 'n', tree: 't' });
      child.child({ tree: 'u' }).info('x', { slot: 1 });
      child.warn('y', { node: 'm' });
      log.info('z');
      expect(lines().map(({ fields }) => fields)).toEqual([
        { node: 'n', tree: 'u', slot: 1 },
        { node: 'm', tree: 't' },
        {},
      ]);
    });

    it('leaves out what is undefined', () => {
      const { log, lines } = open();
      log.info('x', { some: 1, none: undefined });
      expect(JSON.stringify(lines()[0]?.fields)).toBe('{"some":1}');
    });
  });
}
