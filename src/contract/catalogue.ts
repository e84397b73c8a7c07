import type { CallOptions } from './services.ts';
import type { Json, JsonObject } from './words.ts';

/** What an organ of a genome's catalogue is asked: by a receptor, by another organ, or by another genome. */
export interface Errand {
  /** As the genome names it. */
  readonly organ: string;
  /** A verb of its kind, or an event that it declares. */
  readonly verb: string;
  readonly body: JsonObject;
  /** The key id of the passport that signed the request; empty where nobody did, and for what comes from inside. */
  readonly caller: string;
  /** A name by which a repeated request is recognised: it takes effect once, and gets the same answer again. */
  readonly once: string | null;
}

/** What happened in an organ that can be watched: a record that was written, or a message of a topic. */
export interface CatalogueEvent {
  readonly organ: string;
  /** Of what it is about: the key of a record; empty for a message. */
  readonly key: string;
  /** What happened, with the fields that its verb answers; null for a record that was removed. */
  readonly body: JsonObject | null;
}

/** The organs of one cell's catalogue, identical on every clone: whichever cell is asked, the right one answers. */
export interface CatalogueService {
  /**
   * Resolves to the answer. Rejects with the Fault that the organ answers, with `malformed` where the body is not of the
   * verb's shape, and with `no-authority`, `deadline` or `unreachable` where nobody can know whether it took effect; with
   * `once` it can be asked again.
   */
  ask(errand: Omit<Errand, 'caller' | 'once'> & Partial<Errand>, options?: CallOptions): Promise<Json>;
  /** Calls back for everything that happens from now on under the prefix. What is returned ends it. */
  watch(organ: string, prefix: string, listener: (event: CatalogueEvent) => void): () => void;
}
