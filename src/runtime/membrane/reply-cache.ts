import { LIMITS } from '../../contract/limits.ts';
import type { PeerResponse } from '../../contract/ports.ts';

interface Entry {
  readonly response: Promise<PeerResponse>;
  bytes: number;
}

/**
 * Answers to ordered frames by the frame's hash, so that the same bytes again are answered without doing anything
 * twice: a repeat that overtakes its answer waits for it. Holds `LIMITS.replyCacheBytesMax`, least recently used out first.
 */
export class ReplyCache {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  get(frame: string): Promise<PeerResponse> | undefined {
    const entry = this.#entries.get(frame);
    if (entry === undefined) return undefined;
    this.#entries.delete(frame);
    this.#entries.set(frame, entry);
    return entry.response;
  }

  /** Remembers an answer that is under way. It counts with its bytes once it is there. */
  put(frame: string, response: Promise<PeerResponse>): void {
    const entry: Entry = { response, bytes: 0 };
    this.#entries.set(frame, entry);
    response.then(
      ({ bytes }) => this.#weigh(frame, entry, bytes.length + ENTRY_OVERHEAD),
      () => this.#entries.delete(frame),
    );
  }

  get bytes(): number {
    return this.#bytes;
  }

  #weigh(frame: string, entry: Entry, bytes: number): void {
    if (this.#entries.get(frame) !== entry) return;
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [key, { bytes: held }] of this.#entries) {
      if (this.#bytes <= LIMITS.replyCacheBytesMax) return;
      // One that is still under way weighs nothing and must stay: its repeats have to find it.
      if (held === 0) continue;
      this.#entries.delete(key);
      this.#bytes -= held;
    }
  }
}

/** Roughly what an entry costs besides the answer: its key, the map's slot, the promise. */
const ENTRY_OVERHEAD = 512;
