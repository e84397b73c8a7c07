import { FAULTS, Fault, isFault, isFaultCode } from './errors.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** RFC 9457 problem details: how every failure crosses HTTPS. Compare `code`; the rest is for people. */
export interface Problem {
  /** A URN that ends with the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** A code of the table in errors.ts, or the membrane's reason for a refusal. Stable. */
  readonly code: string;
  readonly detail: string;
  readonly retryAfterMs?: number;
}

/**
 * A fault as it is answered. What is not a `Fault` is a defect: it is answered as `internal`, and its message, which
 * may name what the caller must not see, stays in the log.
 */
export function problemOf(error: unknown): Problem {
  const fault = isFault(error) ? error : new Fault('internal');
  return {
    type: `urn:peertree:problem:${fault.code}`,
    title: FAULTS[fault.code].meaning,
    status: fault.status,
    code: fault.code,
    detail: fault.message,
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
  };
}

/**
 * The fault that an answer of `status` stands for. An answer that is no problem of ours (a proxy's page, a newer code)
 * becomes `internal` and keeps what it said.
 */
export function faultOfProblem(status: number, body: unknown): Fault {
  const { code, detail, retryAfterMs } = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>;
  const says = typeof detail === 'string' ? detail : `the node answered with status ${status}`;
  if (typeof code !== 'string') return new Fault('internal', says);
  if (!isFaultCode(code)) return new Fault('internal', `${code}: ${says}`);
  return new Fault(code, says, typeof retryAfterMs === 'number' ? { retryAfterMs } : {});
}
