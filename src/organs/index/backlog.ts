import { LIMITS } from '../../contract/limits.ts';
import type { FileId } from '../../contract/words.ts';
import { partOf } from './assignment.ts';

/** Files that are to be read. What says so lasts in the registers: this is only their order, and is made anew at a start. */
export class Backlog {
  readonly #waiting = new Set<FileId>();
  /** Files that a part waits for until it is whole. */
  readonly #missing = new Map<number, Set<FileId>>();
  /** There were more files than it takes: the rest is found by the next comparison. */
  overflown = false;

  get size(): number {
    return this.#waiting.size;
  }

  has(id: FileId): boolean {
    return this.#waiting.has(id);
  }

  add(id: FileId): void {
    if (this.#waiting.size >= LIMITS.backlogMax) this.overflown = true;
    else this.#waiting.add(id);
  }

  /** A part can answer for all its files once these are read. */
  await(part: number, ids: ReadonlySet<FileId>): void {
    this.#missing.set(part, new Set(ids));
  }

  /** The file that has waited longest; it stays in the backlog until it is done. */
  next(): FileId | undefined {
    return this.#waiting.values().next().value;
  }

  /** To the end of the line: it is tried again. */
  postpone(id: FileId): void {
    if (this.#waiting.delete(id)) this.#waiting.add(id);
  }

  done(id: FileId): void {
    this.#waiting.delete(id);
    this.#missing.get(partOf(id))?.delete(id);
  }

  /** Parts that wait for nothing any more. */
  whole(): number[] {
    const parts = [...this.#missing].flatMap(([part, ids]) => (ids.size === 0 ? [part] : []));
    for (const part of parts) this.#missing.delete(part);
    return parts;
  }

  clear(): void {
    this.#waiting.clear();
    this.#missing.clear();
    this.overflown = false;
  }
}
