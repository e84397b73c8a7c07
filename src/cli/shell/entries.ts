import { randomBytes } from 'node:crypto';
import { base32 } from '../../contract/encoding.ts';

/** An id for an entry that nobody has used: it takes effect once, however often the order is sent. */
export function freshId(): string {
  return base32(randomBytes(16));
}
