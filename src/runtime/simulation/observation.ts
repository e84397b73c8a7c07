import type { BusEvent } from '../../actors/bus.ts';
import type { Write } from '../../contract/ports.ts';
import type { SignatureDomain } from '../../contract/wire.ts';
import type { Operation } from './history.ts';
import type { SimNode } from './sim-node.ts';
import type { Strike } from './strike.ts';

/**
 * Something that happened in a world and that anybody may want to know: what processes did, what their organs told each
 * other, what reached their disks, what they signed, what was done to them, and what their clients asked. `at` is virtual
 * milliseconds.
 */
export type Observation = { readonly at: number } & (
  | { readonly what: 'started'; readonly node: SimNode; readonly disk: DiskFate }
  | {
      readonly what: 'stopped';
      readonly node: SimNode;
      readonly how: 'crash' | 'power' | 'close';
      readonly timers: number;
    }
  /** An organ began anew within the life of its process, because of a defect or of its disk. */
  | { readonly what: 'restarted'; readonly node: SimNode; readonly organ: string }
  | { readonly what: 'told'; readonly node: SimNode; readonly event: BusEvent }
  | { readonly what: 'flushed'; readonly node: SimNode; readonly writes: readonly Write[] }
  | { readonly what: 'signed'; readonly node: SimNode; readonly domain: SignatureDomain; readonly text: string }
  | { readonly what: 'linked' }
  | { readonly what: 'struck' | 'ended'; readonly strike: Strike }
  | { readonly what: 'called' | 'returned'; readonly operation: Operation }
);

/** An observation before the world has said when. */
export type Happening = Observation extends infer O ? (O extends Observation ? Omit<O, 'at'> : never) : never;

/** What a process found on its disk: all of it, an old copy, or nothing; `lied` where flushes had been lies. */
export type DiskFate = 'first' | 'same' | 'stale' | 'lost' | 'lied';

export type Observe = (happening: Happening) => void;
