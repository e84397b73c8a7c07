import type { LogRecord } from '../../contract/entries.ts';
import type { NodeEvents } from '../../contract/events.ts';
import { afterRecord, type Model, UNFOUNDED } from './model.ts';
import type { Observation } from './observation.ts';

/** A committed entry, with what the organism was before and after it. */
export interface Annal {
  readonly record: LogRecord;
  readonly before: Model;
  readonly after: Model;
  /** The node that told of it first, by its number, and when. */
  readonly by: number;
  readonly at: number;
}

export type Committed = NodeEvents['consensus.committed'];

/** What a node told of the log; undefined for every other observation. */
export function committedIn(observation: Observation): Committed | undefined {
  if (observation.what !== 'told' || observation.event.kind !== 'consensus.committed') return undefined;
  return observation.event.body as Committed;
}

/**
 * What the organism has committed, as it is seen from outside: each entry as the first node told of it. Nodes tell of
 * entries in any order; here they follow each other.
 */
export class Annals {
  readonly #annals = new Map<string, Annal>();
  /** Told before what leads to them. */
  readonly #early = new Map<string, Pick<Annal, 'record' | 'by' | 'at'>>();
  #newest: Annal | undefined;

  /** The last entry that anybody has told of, as far as there is no gap before it. */
  get newest(): Annal | undefined {
    return this.#newest;
  }

  /** Of this generation at this index; undefined where nobody has told of it. */
  at(generation: number, index: number): Annal | undefined {
    return this.#annals.get(keyOf(generation, index));
  }

  /** Takes in what a node told; the annals that are new by it, in order. */
  see(observation: Observation): readonly Annal[] {
    const committed = committedIn(observation);
    if (committed === undefined || observation.what !== 'told') return [];
    const { node } = observation;
    for (const record of committed.records) {
      const key = keyOf(record.generation, record.index);
      if (!this.#annals.has(key) && !this.#early.has(key))
        this.#early.set(key, { record, by: node.index, at: observation.at });
    }
    return this.#settle();
  }

  #settle(): readonly Annal[] {
    const fresh: Annal[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const before = this.#newest?.after ?? UNFOUNDED;
      const annal: Annal = { ...next, before, after: afterRecord(before, next.record) };
      const key = keyOf(next.record.generation, next.record.index);
      this.#early.delete(key);
      this.#annals.set(key, annal);
      this.#newest = annal;
      fresh.push(annal);
    }
    return fresh;
  }

  #next(): Pick<Annal, 'record' | 'by' | 'at'> | undefined {
    const last = this.#newest?.record;
    if (last === undefined) return [...this.#early.values()].find(({ record }) => record.index === 1);
    const { generation, index } = last;
    return this.#early.get(keyOf(generation, index + 1)) ?? this.#early.get(keyOf(generation + 1, index + 1));
  }
}

function keyOf(generation: number, index: number): string {
  return `${generation}/${index}`;
}
