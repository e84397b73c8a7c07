import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Fault, isFault } from '../contract/errors.ts';
import type { Log } from '../contract/ports.ts';
import { PROBLEM_CODE_HEADER, PROBLEM_MEDIA_TYPE, problemOf } from '../contract/problem.ts';

/** The fault that an error of Fastify's own stands for; undefined for a defect of ours. */
export function faultOfFastify(error: Partial<FastifyError>): Fault | undefined {
  if (error.validation !== undefined) return new Fault('malformed', error.message);
  if (error.statusCode === 413) return new Fault('too-large', error.message);
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Fault('malformed', error.message);
  }
  return undefined;
}

/** Answers any error as problem+json with the code of its fault. */
export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  if (problem.retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(problem.retryAfterMs / 1_000));
  // The code is a header too: an answer to HEAD has no body to say it in.
  void reply.header(PROBLEM_CODE_HEADER, problem.code);
  // Bytes, so that no serializer changes it and no charset is added, which this media type doesn't have.
  return reply
    .code(problem.status)
    .type(PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}

export function answerErrors(log: Log | undefined) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const fault = isFault(error) ? error : faultOfFastify(error as Partial<FastifyError>);
    if (fault === undefined || fault.code === 'internal') {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log?.error('receptor.failed', { method: request.method, route: request.routeOptions.url, error: stack });
    }
    sendProblem(reply, fault ?? error);
  };
}

export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(reply, new Fault('no-receptor', `there is no receptor for ${request.method} ${pathOf(request.url)}`));
}

/** Without the query, which may hold what a log or an answer should not repeat. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
