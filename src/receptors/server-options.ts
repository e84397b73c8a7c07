import type { Socket } from 'node:net';
import type { FastifyServerOptions } from 'fastify';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { PROBLEM_MEDIA_TYPE, problemOf } from '../contract/problem.ts';
import { sendProblem } from './problem.ts';

/** What the receptors need of the Fastify server that they are registered on. */
export const serverOptions = {
  // The default of 100 characters answers 414 to longer names; each byte of a name may be three characters of a path.
  routerOptions: { maxParamLength: 3 * LIMITS.fileNameBytesMax },
  // A put may take hours; what stands still is closed by connectionTimeout.
  requestTimeout: 0,
  connectionTimeout: LIMITS.socketSilenceMs,
  // A path that is not percent-encoded UTF-8, or a segment too long, never reaches a route or its error handler.
  frameworkErrors: (error, _request, reply) => {
    sendProblem(reply, new Fault('malformed', error.message));
  },
  clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
} satisfies FastifyServerOptions;

/** Bytes that are no HTTP at all. The answer is written by hand: there is no request to reply to. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const body = JSON.stringify(
    problemOf(new Fault(tooLarge ? 'too-large' : 'malformed', 'the request is not valid HTTP/1.1')),
  );
  const head = [
    `HTTP/1.1 ${tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request'}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
