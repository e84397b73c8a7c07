import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { IDEMPOTENCY_HEADER } from '../contract/passport.ts';
import type { CallOptions } from '../contract/services.ts';
import { type Exchange, type Method, parse } from './exchange.ts';
import { textOf } from './faults.ts';
import { Idle } from './idle.ts';
import type { Passport } from './passport.ts';

/** Where a receptor of a genome is: what `peertree genome types` writes down of each. */
export interface ReceptorRoute {
  readonly method: Method;
  /** With its parameters in braces: `/tickets/{id}`. */
  readonly path: string;
}

export interface ReceptorOptions extends CallOptions {
  /** A request with a key that was used before takes no effect again, and gets the same answer. */
  readonly idempotencyKey?: string;
}

/** What happened, as a receptor that carries events tells it. */
export interface ReceptorEvent<T> {
  /** `put` and `remove` of records, `message` of topics. */
  readonly event: string;
  readonly data: T;
}

export type Fields = { readonly [field: string]: unknown };

/** The receptors of genomes at one node, as a passport asks them. */
export class Receptors {
  readonly #exchange: Exchange;
  readonly #origin: string;
  readonly #passport: Passport | undefined;

  constructor(exchange: Exchange, origin: string, passport: Passport | undefined) {
    this.#exchange = exchange;
    this.#origin = origin;
    this.#passport = passport;
  }

  /** Asks, and resolves to the answer. Rejects with a Fault of the code that the node answers. */
  async call<T>(route: ReceptorRoute, fields: object, { signal, idempotencyKey }: ReceptorOptions = {}): Promise<T> {
    const watch = new Idle(signal);
    const named = idempotencyKey === undefined ? {} : { [IDEMPOTENCY_HEADER]: idempotencyKey };
    try {
      const { body } = await this.#send(route, fields as Fields, watch, named);
      return parse<T>(await textOf(body));
    } catch (error) {
      throw this.#exchange.fault(error, watch);
    } finally {
      watch.stop();
    }
  }

  /** What happens from the first `next` on, until the reader stops or the signal says so. */
  async *listen<T>(
    route: ReceptorRoute,
    fields: object,
    { signal }: CallOptions = {},
  ): AsyncGenerator<ReceptorEvent<T>, void, undefined> {
    const watch = new Idle(signal, 2 * LIMITS.eventsHeartbeatMs);
    try {
      const { body } = await this.#send(route, fields as Fields, watch, {});
      let rest = '';
      const decoder = new TextDecoder();
      for await (const chunk of body) {
        watch.moved();
        const blocks = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
        rest = blocks.pop() ?? '';
        if (rest.length > LIMITS.eventsBacklogBytes) throw new Fault('too-large', 'the node sent an event without end');
        for (const block of blocks) {
          const event = eventIn<T>(block);
          if (event !== undefined) yield event;
        }
      }
    } catch (error) {
      throw this.#exchange.fault(error, watch);
    } finally {
      watch.stop();
    }
  }

  async #send({ method, path }: ReceptorRoute, fields: Fields, watch: Idle, named: Record<string, string>) {
    const { target, rest } = filledIn(path, fields);
    const isBody = method === 'POST' || method === 'PUT';
    const query = isBody ? '' : queryOf(rest);
    const text = isBody && Object.keys(rest).length > 0 ? JSON.stringify(rest) : '';
    const headers = { ...named, ...(text === '' ? {} : { 'content-type': 'application/json' }) };
    const asked = target + query;
    return this.#exchange.send(method, asked, watch, {
      headers: await this.#signed(method, asked, headers, text),
      ...(text === '' ? {} : { body: text }),
    });
  }

  async #signed(method: Method, path: string, headers: Record<string, string>, text: string) {
    if (this.#passport === undefined) return headers;
    const body = new TextEncoder().encode(text);
    const { host } = new URL(this.#origin);
    return this.#passport.sign({ method, url: this.#origin + path, headers: { ...headers, host }, body });
  }
}

/** The path with its parameters, and the fields that are left. @throws Fault `usage` for one that is not given */
function filledIn(path: string, fields: Fields): { readonly target: string; readonly rest: Fields } {
  const rest: Record<string, unknown> = { ...fields };
  const target = path.replaceAll(/[{]([^}]*)[}]/g, (_all, name: string) => {
    const value = fields[name];
    delete rest[name];
    if (value === undefined || value === '') throw new Fault('usage', `the field '${name}' of ${path} is not given`);
    return encodeURIComponent(String(value));
  });
  return { target, rest };
}

function queryOf(fields: Fields): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}

/** Undefined for a comment, which only says that the stream is still there. */
function eventIn<T>(block: string): ReceptorEvent<T> | undefined {
  const lines = block.split('\n');
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field('data');
  return data === undefined ? undefined : { event: field('event') ?? 'message', data: parse<T>(data) };
}
