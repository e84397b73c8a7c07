import type { FastifyReply } from 'fastify';
import type { CatalogueEvent } from '../contract/catalogue.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Cancel, Clock } from '../contract/ports.ts';

/** Streams of server-sent events that are open, so that a server which closes doesn't wait for them. */
export class EventStreams {
  readonly #clock: Clock;
  readonly #open = new Set<EventStream>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer begins at once, so that its reader knows that nothing is missed from here on. */
  open(reply: FastifyReply): EventStream {
    const stream = new EventStream(reply, this.#clock, () => this.#open.delete(stream));
    this.#open.add(stream);
    return stream;
  }

  end(): void {
    for (const stream of this.#open) stream.end();
  }
}

export class EventStream {
  readonly #raw: FastifyReply['raw'];
  readonly #clock: Clock;
  #heartbeat: Cancel = () => undefined;
  #release: () => void = () => undefined;
  #count = 0;

  constructor(reply: FastifyReply, clock: Clock, onEnd: () => void) {
    this.#raw = reply.raw;
    this.#clock = clock;
    reply.hijack();
    this.#raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#write(': open\n\n');
    this.#raw.once('close', () => {
      this.#heartbeat();
      this.#release();
      onEnd();
    });
  }

  /** What is to be let go of when the stream ends. */
  until(release: () => void): void {
    if (this.#raw.destroyed) release();
    else this.#release = release;
  }

  /** `put` and `remove` of records, `message` of topics; the data is what happened, with its key. */
  send({ key, body }: CatalogueEvent): void {
    const event = key === '' ? 'message' : body === null ? 'remove' : 'put';
    this.#count += 1;
    this.#write(`id: ${this.#count}\nevent: ${event}\ndata: ${JSON.stringify(body ?? { key })}\n\n`);
  }

  end(): void {
    this.#raw.end();
  }

  #write(text: string): void {
    this.#heartbeat();
    if (this.#raw.writableLength > LIMITS.eventsBacklogBytes) {
      // Whoever reads so slowly must begin anew: events are never left out of a stream in silence.
      this.#raw.destroy();
      return;
    }
    this.#raw.write(text);
    this.#heartbeat = this.#clock.schedule(LIMITS.eventsHeartbeatMs, () => this.#write(': still here\n\n'));
  }
}
