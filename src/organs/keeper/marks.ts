import { canonical, sha256Hex } from '../../contract/encoding.ts';
import { Fault, isFaultCode } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Register, RegisterWrite } from '../../contract/services.ts';
import type { Json } from '../../contract/words.ts';
import { markAddress } from './address.ts';
import type { Decision, Request } from './craft.ts';

/** Requests that a cell hands on to another one are named by the cell itself; their names begin so. */
export const HANDED = '~';

/** What became of a request that has a name, in a register that is set together with what it changed. */
interface Mark {
  /** Until when it is kept, epoch milliseconds. */
  readonly until: number;
  /** Of what was asked: the same name for something else is a mistake. */
  readonly of: string;
  readonly outcome: { readonly ok: true; readonly body: Json; readonly stamped?: boolean } | Decline;
}

interface Decline {
  readonly ok: false;
  readonly code: string;
  readonly detail: string;
}

const UNTOLD = {
  ok: false,
  code: 'conflict',
  detail: 'it has taken effect before; its answer was too large to keep',
} as const;

/** The register that tells what became of a request, to be set with its changes: none where it has no name. */
export function markOf(
  { once, organ, verb, body }: Request,
  outcome: Decision['outcome'],
  now: number,
): RegisterWrite[] {
  if (once === null) return [];
  const until = now + (once.startsWith(HANDED) ? LIMITS.handedKeptMs : LIMITS.idempotencyKeptMs);
  const mark: Mark = { until, of: digest(organ, verb, body), outcome };
  const fits = Buffer.byteLength(canonical(mark as unknown as Json)) <= LIMITS.registerValueMax;
  return [
    { key: markAddress(once), expected: 0, value: (fits ? mark : { ...mark, outcome: UNTOLD }) as unknown as Json },
  ];
}

/** The answer that the request got before; a body in `stamped` ones got the version of the mark itself. */
export function recalled({ organ, verb, body }: Request, { value, version }: Register): Json {
  const mark = value as unknown as Mark;
  if (mark.of !== digest(organ, verb, body))
    throw new Fault('conflict', 'this idempotency key was used for another request');
  return answerOf(mark.outcome, version);
}

/** The body of an outcome whose changes are in the log at that version. @throws Fault of a refusal */
export function answerOf(outcome: Mark['outcome'], version: number): Json {
  if (!outcome.ok) throw new Fault(isFaultCode(outcome.code) ? outcome.code : 'internal', outcome.detail);
  return outcome.stamped === true ? stampedWith(outcome.body, version) : outcome.body;
}

export function stampedWith(body: Json, version: number): Json {
  return { ...(body as object), version };
}

export function markDueAt({ value }: Pick<Register, 'value'>): number {
  return (value as unknown as Mark).until;
}

function digest(organ: string, verb: string, body: Request['body']): string {
  return sha256Hex(canonical([organ, verb, body])).slice(0, 32);
}
