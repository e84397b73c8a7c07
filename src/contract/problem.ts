import { FAULTS, Fault, isFault, isFaultCode } from './errors.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
/** Carries the code of a problem, for answers without a body. */
export const PROBLEM_CODE_HEADER = 'peertree-problem';

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
  const says = typeof detail === 'string' ? detail : undefined;
  const known = typeof code === 'string' && isFaultCode(code);
  if (known) return new Fault(code, says, typeof retryAfterMs === 'number' ? { retryAfterMs } : {});
  const what = says ?? `the node answered with status ${status}`;
  return new Fault('internal', typeof code === 'string' ? `${code}: ${what}` : what);
}
