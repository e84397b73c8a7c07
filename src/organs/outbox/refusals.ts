/**
 * Which refusals end a message: both ends of a lane must agree on it. The receiver remembers a final one with the
 * message's number, and the sender buries the message; after a passing one the message is offered again.
 */

/** Refusals that say nothing of the message, only of the moment. */
const PASSING: ReadonlySet<string> = new Set([
  'starting',
  'stopping',
  'busy',
  'mailbox-full',
  'disk-full',
  'deadline',
  'cancelled',
]);

export function isPassing(code: string): boolean {
  return PASSING.has(code);
}
