import { type Fault, type FaultCode, isFault } from '../../contract/errors.ts';

/** Failures that say nothing of the request itself: the same one may succeed later, or at another cell. */
const PASSING: ReadonlySet<FaultCode> = new Set([
  'no-authority',
  'busy',
  'deadline',
  'unreachable',
  'wrong-key',
  'starting',
  'stopping',
  'mailbox-full',
  'outbox-full',
  'disk-full',
  'conflict',
  'cancelled',
  'internal',
]);

/** The Fault of a failure that may pass; undefined for what would fail again. */
export function passing(error: unknown): Fault | undefined {
  return isFault(error) && PASSING.has(error.code) ? error : undefined;
}

/** Failures by which a cell says, or lets see, that another one should be asked. */
const ELSEWHERE: ReadonlySet<FaultCode> = new Set([
  'deadline',
  'unreachable',
  'wrong-key',
  'starting',
  'stopping',
  'no-actor',
  'mailbox-full',
  'no-authority',
]);

export function isForAnother(error: unknown): boolean {
  return isFault(error) && ELSEWHERE.has(error.code);
}
