import { type Observable, Subject } from 'rxjs';
import type { NodeEventKind, NodeEvents } from '../contract/events.ts';
import { LIMITS } from '../contract/limits.ts';
import { Mailbox } from './mailbox.ts';
import { Retained } from './retained.ts';

export interface BusEvent {
  readonly kind: string;
  readonly body: unknown;
}

/**
 * What the organs of one node tell each other: shared by its stem and its cells. Organs never listen to it directly:
 * their actor system puts the events that they take into their mailboxes.
 */
export class Bus {
  readonly #subject = new Subject<BusEvent>();
  readonly #backlog = new Mailbox<BusEvent>(LIMITS.busBacklogMax);
  readonly #retained = new Retained();
  /** Only who asked for a kind is called for it: a node has a dozen listeners, and most events concern one of them. */
  readonly #byKind = new Map<string, Subject<unknown>>();
  #delivering = false;
  #closed = false;

  /** Every event, in the order of emission. */
  readonly events$: Observable<BusEvent> = this.#subject.asObservable();

  /**
   * Tells everyone who listens. An event emitted by a listener waits until the one at hand has reached all of them, so
   * that every listener sees one order.
   *
   * @throws Fault `mailbox-full` where listeners answer events with events without end
   */
  emit<K extends NodeEventKind>(kind: K, body: NodeEvents[K]): void {
    this.publish({ kind, body });
  }

  /** The same for an event whose kind is only known as text: organs emit by effects. */
  publish(event: BusEvent): void {
    this.#backlog.push(event);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#backlog.shift(); next !== undefined; next = this.#backlog.shift()) {
        this.#retained.note(next);
        this.#subject.next(next);
        this.#byKind.get(next.kind)?.next(next.body);
      }
    } finally {
      this.#delivering = false;
    }
  }

  /** @example bus.on('consensus.committed').subscribe(({ view }) => show(view)) */
  on<K extends NodeEventKind>(kind: K): Observable<NodeEvents[K]> {
    let subject = this.#byKind.get(kind);
    if (subject === undefined) {
      subject = new Subject();
      if (this.#closed) subject.complete();
      this.#byKind.set(kind, subject);
    }
    return subject.asObservable() as Observable<NodeEvents[K]>;
  }

  /**
   * How things are, as far as it was told: the last facts of these kinds that are retained, oldest first.
   *
   * @param waiting events that the listener will still get: what they replace is left out
   */
  retained(kinds: readonly string[], waiting: readonly BusEvent[] = []): BusEvent[] {
    return this.#retained.of(kinds, waiting);
  }

  /** Completes every stream; nothing is delivered afterwards. */
  close(): void {
    this.#closed = true;
    this.#retained.clear();
    this.#subject.complete();
    for (const subject of this.#byKind.values()) subject.complete();
  }
}
