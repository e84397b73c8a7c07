import type { Dispatcher } from 'undici';
import { Fault } from '../contract/errors.ts';
import type { CallOptions } from '../contract/services.ts';
import { faultOfAnswer, faultOfRequest, textOf } from './faults.ts';
import { Idle } from './idle.ts';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

export interface Outgoing {
  readonly body?: AsyncIterable<Uint8Array> | string;
  readonly headers?: Record<string, string>;
}

export interface AskOptions extends CallOptions {
  readonly json?: object;
  /** Stops the request when nothing moves; 0 waits for ever. @default LIMITS.clientIdleMs */
  readonly idleMs?: number;
}

/** The requests of one client to one node. Everything rejects with a Fault. */
export class Exchange {
  readonly #origin: string;
  readonly #agent: Dispatcher;

  constructor(origin: string, agent: Dispatcher) {
    this.#origin = origin;
    this.#agent = agent;
  }

  /** Sends a request under a watch that the caller goes on using for the answer's body. */
  async send(
    method: Method,
    path: string,
    watch: Idle,
    { body, headers }: Outgoing = {},
  ): Promise<Dispatcher.ResponseData> {
    const request = {
      origin: this.#origin,
      path,
      method,
      signal: watch.signal,
      headers: headers ?? {},
      body: body ?? null,
    };
    try {
      // undici takes any async iterable as a body, which its types leave out.
      const answer = await this.#agent.request(request as Dispatcher.RequestOptions);
      if (answer.statusCode >= 400) throw await faultOfAnswer(answer);
      return answer;
    } catch (error) {
      throw this.fault(error, watch);
    }
  }

  /** Asks and reads the whole answer as JSON. */
  async ask<T>(method: Method, path: string, { json, signal, idleMs }: AskOptions = {}): Promise<T> {
    const watch = new Idle(signal, idleMs);
    const outgoing = json === undefined ? {} : { body: JSON.stringify(json), headers: JSON_HEADERS };
    try {
      const { body } = await this.send(method, path, watch, outgoing);
      return parse<T>(await textOf(body));
    } catch (error) {
      throw this.fault(error, watch);
    } finally {
      watch.stop();
    }
  }

  fault(error: unknown, watch: Idle): Fault {
    return faultOfRequest(error, this.#origin, watch.signal);
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' };

export function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Fault('internal', 'the node answered with something else than JSON', { cause });
  }
}
