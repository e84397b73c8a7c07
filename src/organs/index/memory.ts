import type { Remembered } from '../../contract/memory.ts';
import type { FileId } from '../../contract/words.ts';
import { partOf } from './assignment.ts';
import type { Model } from './model/model.ts';
import { Partition } from './store/partition.ts';
import type { Entry, Label } from './store/scope-index.ts';
import type { Analysed } from './text/analysis.ts';

/** What became of a file at this cell. */
export interface Outcome {
  readonly edition: string;
  readonly remembered: Remembered;
  readonly cut: boolean;
}

/** The parts of the memory that this cell holds, and how far each is. Nothing of it outlives the process: rows do. */
export class Memory {
  readonly #parts = new Map<number, Partition>();
  /** Parts of which everything that there is has been read once. */
  readonly #whole = new Set<number>();
  readonly #outcomes = new Map<FileId, Outcome>();
  /** The newest models by scope, for parts that come later. */
  readonly models = new Map<string, Model>();

  /** Parts that this cell answers for, whole or not. */
  get parts(): readonly number[] {
    return [...this.#parts.keys()].sort((a, b) => a - b);
  }

  get files(): number {
    return this.#outcomes.size;
  }

  partitions(parts: readonly number[] = this.parts): Partition[] {
    return parts.flatMap((part) => this.#parts.get(part) ?? []);
  }

  isWhole(part: number): boolean {
    return this.#whole.has(part);
  }

  setWhole(part: number): void {
    if (this.#parts.has(part)) this.#whole.add(part);
  }

  /** Holds these parts from now on, and lets go of all others. Returns the files that it had of those. */
  hold(parts: readonly number[]): FileId[] {
    const kept = new Set(parts);
    for (const part of this.parts) {
      if (kept.has(part)) continue;
      this.#parts.delete(part);
      this.#whole.delete(part);
    }
    for (const part of parts) if (!this.#parts.has(part)) this.#parts.set(part, this.#newPart());
    const strange = [...this.#outcomes.keys()].filter((id) => !kept.has(partOf(id)));
    for (const id of strange) this.#outcomes.delete(id);
    return strange;
  }

  holds(id: FileId): boolean {
    return this.#parts.has(partOf(id));
  }

  outcome(id: FileId): Outcome | undefined {
    return this.#outcomes.get(id);
  }

  ids(): readonly FileId[] {
    return [...this.#outcomes.keys()];
  }

  remember(scope: string, label: Label, analysed: Analysed, outcome: Outcome): void {
    const part = this.#parts.get(partOf(label.id));
    if (part === undefined) return;
    this.#adoptInto(part, scope);
    part.remember(scope, label, analysed);
    this.#adoptInto(part, scope);
    this.#outcomes.set(label.id, outcome);
  }

  forget(id: FileId): void {
    this.#parts.get(partOf(id))?.forget(id);
    this.#outcomes.delete(id);
  }

  find(id: FileId): Entry | undefined {
    return this.#parts.get(partOf(id))?.find(id);
  }

  scopeOf(id: FileId): string | undefined {
    return this.#parts.get(partOf(id))?.scopeOf(id);
  }

  adopt(scope: string, model: Model): void {
    this.models.set(scope, model);
    for (const part of this.#parts.values()) this.#adoptInto(part, scope);
  }

  #newPart(): Partition {
    const part = new Partition();
    for (const scope of this.models.keys()) this.#adoptInto(part, scope);
    return part;
  }

  #adoptInto(part: Partition, scope: string): void {
    const model = this.models.get(scope);
    if (model !== undefined) part.adopt(scope, model);
  }
}
