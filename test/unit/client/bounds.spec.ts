import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOfRequest, textOf } from '../../../src/client/faults.ts';
import { Idle } from '../../../src/client/idle.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { faultOfProblem, problemOf } from '../../../src/contract/problem.ts';

describe('a request that stands still', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is given up at the limit, not before', () => {
    const idle = new Idle();
    vi.advanceTimersByTime(LIMITS.clientIdleMs - 1);
    expect(idle.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(idle.signal.reason).toMatchObject({ code: 'deadline', message: 'nothing moved for 60 s' });
  });

  it('has all its time again whenever something moves', () => {
    const idle = new Idle();
    for (let times = 0; times < 5; times++) {
      vi.advanceTimersByTime(LIMITS.clientIdleMs - 1);
      idle.moved();
    }
    expect(idle.signal.aborted).toBe(false);
    idle.stop();
    vi.advanceTimersByTime(LIMITS.clientIdleMs);
    expect(idle.signal.aborted).toBe(false);
  });

  it('may wait for ever, and still be taken back', () => {
    const controller = new AbortController();
    const idle = new Idle(controller.signal, 0);
    vi.advanceTimersByTime(LIMITS.clientIdleMs * 1_000);
    expect(idle.signal.aborted).toBe(false);
    controller.abort();
    expect(faultOfRequest(new Error('aborted'), 'x', idle.signal).code).toBe('cancelled');
  });
});

describe('an answer', () => {
  const chunks = async function* (bytes: number) {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
  };

  it('is read up to the limit and refused one byte beyond', async () => {
    expect((await textOf(chunks(LIMITS.clientAnswerBytesMax))).length).toBe(LIMITS.clientAnswerBytesMax);
    await expect(textOf(chunks(LIMITS.clientAnswerBytesMax + 1))).rejects.toMatchObject({ code: 'too-large' });
  });
});

describe('a fault', () => {
  it('is the same after it has crossed the wire', () => {
    const fault = new Fault('busy', 'later', { retryAfterMs: 1_500 });
    const crossed = faultOfProblem(503, JSON.parse(JSON.stringify(problemOf(fault))));
    expect(crossed).toMatchObject({ code: 'busy', message: 'later', retryAfterMs: 1_500 });
  });

  it.each([
    [502, '<html>', 'the node answered with status 502'],
    [500, { code: 'from-the-future', detail: 'what' }, 'from-the-future: what'],
    [400, { code: 'replayed' }, 'replayed: the node answered with status 400'],
    [400, null, 'the node answered with status 400'],
    [400, { code: 7, detail: 7 }, 'the node answered with status 400'],
  ])('is internal for an answer of %i that is no problem of ours: %j', (status, body, message) => {
    expect(faultOfProblem(status, body)).toMatchObject({ code: 'internal', message });
  });

  it('never tells what a defect was about', () => {
    expect(problemOf(new TypeError('secret'))).toMatchObject({ code: 'internal', status: 500 });
    expect(JSON.stringify(problemOf(new TypeError('secret')))).not.toContain('secret');
  });

  it.each([
    ['ECONNREFUSED', 'unreachable', 'nobody listens there'],
    ['UND_ERR_SOCKET', 'unreachable', 'the connection broke'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'wrong-key', 'not trusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrong-key', 'not trusted'],
    ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'truncated', 'another length'],
    ['EWHATEVER', 'unreachable', 'boom'],
  ])('is made of %s: %s', (code, expected, message) => {
    const fault = faultOfRequest(Object.assign(new Error('boom'), { code }), 'https://127.0.0.1:1');
    expect(fault.code).toBe(expected);
    expect(fault.message).toContain(message);
  });
});
