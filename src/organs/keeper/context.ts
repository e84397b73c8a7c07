import type { CatalogueEvent } from '../../contract/catalogue.ts';
import type { FaultCode } from '../../contract/errors.ts';
import type { Ports } from '../../contract/organ.ts';
import type { RegisterService, TreeService } from '../../contract/services.ts';
import type { Json } from '../../contract/words.ts';
import type { Almanac } from './almanac.ts';
import type { Craft } from './craft.ts';
import type { Residents } from './residents.ts';
import type { Turnstile } from './turnstile.ts';

/** What reaches beyond the tree, handed in by whoever grows the cell. */
export interface Reach {
  /** Tells all cells of the tree. */
  publish(topic: string, body: Json): Promise<void>;
  /** Asks a receptor of another genome; `once` makes a repeated question one. */
  askGenome(genome: string, receptor: string, body: Json, once: string): Promise<Json>;
}

/** What the organ and the requests under way of one cell share. */
export interface KeeperContext {
  readonly tree: TreeService;
  readonly registers: RegisterService;
  readonly ports: Ports;
  readonly crafts: ReadonlyMap<string, Craft>;
  readonly reach: Reach;
  readonly almanac: Almanac;
  readonly residents: Residents;
  readonly turnstile: Turnstile;
  readonly watchers: Set<Watcher>;
  /** What the organ's mode means for requests; undefined where they are taken. */
  readonly gate: { refusal: FaultCode | undefined };
}

export interface Watcher {
  readonly organ: string;
  readonly prefix: string;
  readonly listener: (event: CatalogueEvent) => void;
}
