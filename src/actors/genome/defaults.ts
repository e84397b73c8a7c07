import { LIMITS } from '../../contract/limits.ts';
import { formatDuration, formatSize } from '../../contract/units.ts';
import type { Strategy } from '../supervision.ts';

/** Who restarts with a failed organ: nobody, all organs of the cell, or those declared after it. */
export const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one'] as const satisfies readonly Strategy[];

/** What a genome gets where it says nothing: the defaults in the schema and in the parser are these. */
export const GENOME_DEFAULTS = {
  fanout: 4,
  copies: 3,
  shardBytes: formatSize(LIMITS.shardBytesDefault),
  strategy: 'one_for_one',
  intensity: `${LIMITS.restartIntensity}/${formatDuration(LIMITS.restartPeriodMs)}`,
  backoff: `${formatDuration(LIMITS.restartBackoffMinMs)}..${formatDuration(LIMITS.restartBackoffMaxMs)}`,
  mailbox: LIMITS.mailboxMax,
  body: '64KiB',
  rate: '1000/s',
  ratePerKey: '100/s',
  access: 'loopback',
  recordsCapacity: 10_000,
  lease: '30s',
  attempts: 5,
  queueCapacity: 10_000,
  deadLetters: 1_000,
  idle: '5m',
  callDeadline: '30s',
  moduleMemory: '64MiB',
  moduleDeadline: '1s',
  faults: 1,
} as const;
