import { concat, defer, from, type Observable, Subject } from 'rxjs';
import type { Bus } from '../../actors/bus.ts';
import type { HeardMessage } from '../../contract/broadcast.ts';
import type { NodeEvents } from '../../contract/events.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { TreeId } from '../../contract/words.ts';

/** Topics that begin so are the runtime's own. */
export const OWN_TOPICS = 'organism.';

interface Noted {
  readonly message: HeardMessage;
  readonly bytes: number;
}

/**
 * What this node's cells hear, for those who subscribe, however late: the latest messages are kept. What a restarted organ
 * hears again from its neighbours is left out, so that in one life of the node nothing is heard twice.
 */
export class Hearing {
  /** What is kept, then what comes. */
  readonly messages$: Observable<HeardMessage>;
  readonly #coming = new Subject<HeardMessage>();
  readonly #marks = new Map<string, number>();
  #kept: Noted[] = [];
  #bytes = 0;

  /** @param genomeOf the name of a tree's genome */
  constructor(bus: Bus, genomeOf: (tree: TreeId) => string | undefined) {
    this.messages$ = defer(() => concat(from(this.#kept.map(({ message }) => message)), this.#coming));
    bus.on('broadcast.received').subscribe({
      next: (event) => this.#hear(event, genomeOf(event.tree)),
      complete: () => this.#coming.complete(),
    });
  }

  #hear(event: NodeEvents['broadcast.received'], genome: string | undefined): void {
    const { tree, topic, body, origin, incarnation, order, number } = event;
    if (genome === undefined || topic.startsWith(OWN_TOPICS)) return;
    const line = order === 'total' ? tree : `${tree}/${origin}/${incarnation}`;
    if (number <= (this.#marks.get(line) ?? 0)) return;
    this.#mark(line, number);
    const message: HeardMessage = { genome, topic, body, origin, incarnation, order, number };
    this.#keep({ message, bytes: Buffer.byteLength(JSON.stringify(body)) });
    this.#coming.next(message);
  }

  /** The marks set last are the last to go. */
  #mark(line: string, number: number): void {
    this.#marks.delete(line);
    this.#marks.set(line, number);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > LIMITS.broadcastOriginsMax && oldest !== undefined) this.#marks.delete(oldest);
  }

  #keep(noted: Noted): void {
    const kept = [...this.#kept, noted];
    let bytes = this.#bytes + noted.bytes;
    while (kept.length > LIMITS.broadcastRetained || bytes > LIMITS.broadcastRetainedBytes)
      bytes -= kept.shift()?.bytes ?? 0;
    this.#kept = kept;
    this.#bytes = bytes;
  }
}
