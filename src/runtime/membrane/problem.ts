import { canonical } from '../../contract/encoding.ts';
import type { PeerResponse } from '../../contract/ports.ts';
import type { Rejection } from '../../contract/wire.ts';
import type { EpochMs, JsonObject } from '../../contract/words.ts';

/** Why a membrane didn't take a request: an offence that is counted, or a state that passes. */
export type RefusalCode = Rejection | 'busy' | 'starting' | 'stopping' | 'not-found' | 'internal';

const REFUSALS: Readonly<Record<RefusalCode, readonly [status: number, title: string]>> = {
  'too-large': [413, 'The frame or shard is larger than the stated limit.'],
  malformed: [400, 'The bytes are not a frame of this protocol.'],
  'no-certificate': [401, "The connection shows no certificate of a node's key."],
  'wrong-organism': [421, 'The frame is for another organism.'],
  'wrong-recipient': [421, 'The frame is for another node.'],
  'key-mismatch': [403, 'The frame names another sender than the one who holds the connection.'],
  'bad-signature': [403, "The signature is not the sender's over exactly these bytes."],
  'not-a-member': [403, 'The sender has not been admitted to the organism.'],
  revoked: [403, "The sender's key has been revoked."],
  superseded: [409, 'A process with the same key and a higher incarnation is alive.'],
  restarted: [409, 'The receiver has restarted since; make the frame again for its incarnation.'],
  replayed: [409, 'The sequence number has been used, or is too old to tell.'],
  'unknown-kind': [400, 'This node takes no message of that kind.'],
  'clock-skew': [400, 'The clocks of sender and receiver are too far apart.'],
  busy: [503, 'The node works on as many requests as it can; try again.'],
  starting: [503, "The node doesn't know its organism yet; try again."],
  stopping: [503, 'The node is stopping and takes no new work.'],
  'not-found': [404, 'This cell has no such shard.'],
  internal: [500, "A defect of PeerTree itself; the node's log says more."],
};

/** A refusal as RFC 9457 problem+json. `at` is the receiver's wall time, so that a clock that is off can be told so. */
export function problem(code: RefusalCode, detail: string, at: EpochMs, more: JsonObject = {}): PeerResponse {
  const [status, title] = REFUSALS[code];
  return problemResponse(status, { ...more, code, title, detail, at });
}

/** The same for a code of the table of faults, whose status and sentence the caller knows. */
export function problemResponse(
  status: number,
  fields: JsonObject & { readonly code: string; readonly title: string; readonly detail: string; readonly at: EpochMs },
): PeerResponse {
  const body = { ...fields, type: `urn:peertree:problem:${fields.code}`, status };
  return { status, bytes: Buffer.from(canonical(body)) };
}

export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly retryAfterMs?: number;
  /** With `restarted`: the receiver's; with `superseded`: the highest one it has seen of the sender. */
  readonly incarnation?: number;
}

/** Reads a refusal; undefined where the bytes are not one. */
export function parseProblem(bytes: Uint8Array): Problem | undefined {
  if (bytes.length > PROBLEM_BYTES_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('code' in value) || typeof value.code !== 'string')
    return undefined;
  return {
    code: value.code,
    detail: 'detail' in value && typeof value.detail === 'string' ? value.detail : '',
    ...('retryAfterMs' in value && isCount(value.retryAfterMs) ? { retryAfterMs: value.retryAfterMs } : {}),
    ...('incarnation' in value && isCount(value.incarnation) ? { incarnation: value.incarnation } : {}),
  };
}

const PROBLEM_BYTES_MAX = 65_536;

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
