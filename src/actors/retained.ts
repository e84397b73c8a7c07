import { type NodeEventKind, RETENTION, type Retention } from '../contract/events.ts';
import { LIMITS } from '../contract/limits.ts';
import type { BusEvent } from './bus.ts';

interface Kept {
  readonly event: BusEvent;
  readonly order: number;
}

/** The last facts of a bus that say how things are, by what the list of events says of each kind. */
export class Retained {
  readonly #kinds = new Map<string, Map<string, Kept>>();
  #order = 0;

  /** Keeps a fact in place of the one that it supersedes. Of a kind with many keys the one told longest ago goes first. */
  note(event: BusEvent): void {
    const retention = retentionOf(event.kind);
    if (retention === null) return;
    const key = keyOf(retention, event);
    const facts = this.#kinds.get(event.kind) ?? new Map<string, Kept>();
    this.#kinds.set(event.kind, facts);
    facts.delete(key);
    if (retention.isVoid?.(event.body) === true) return;
    facts.set(key, { event, order: this.#order++ });
    for (const oldest of facts.keys()) {
      if (facts.size <= LIMITS.busRetainedMax) break;
      facts.delete(oldest);
    }
  }

  /**
   * The facts of these kinds in the order in which they were told, as they are told to who comes late.
   *
   * @param waiting events that it is going to be told anyway: what they replace is left out
   */
  of(kinds: readonly string[], waiting: readonly BusEvent[]): BusEvent[] {
    const known = new Set(waiting.map(nameOf));
    return kinds
      .flatMap((kind) => [...(this.#kinds.get(kind)?.values() ?? [])])
      .filter(({ event }) => !known.has(nameOf(event)))
      .sort((a, b) => a.order - b.order)
      .map(({ event: { kind, body } }) => ({ kind, body: retentionOf(kind)?.repeated?.(body) ?? body }));
  }

  clear(): void {
    this.#kinds.clear();
  }
}

type AnyRetention = Retention<unknown>;

function retentionOf(kind: string): AnyRetention | null {
  return Object.hasOwn(RETENTION, kind) ? (RETENTION[kind as NodeEventKind] as AnyRetention | null) : null;
}

function keyOf(retention: AnyRetention, { body }: BusEvent): string {
  return retention.key?.(body) ?? '';
}

/** Events with the same name replace each other. */
function nameOf(event: BusEvent): string {
  const retention = retentionOf(event.kind);
  return retention === null ? event.kind : `${event.kind} ${keyOf(retention, event)}`;
}
