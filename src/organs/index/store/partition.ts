import { MeaningIndex } from '../model/meaning-index.ts';
import type { Model } from '../model/model.ts';
import type { Analysed } from '../text/analysis.ts';
import { type Entry, type Label, ScopeIndex } from './scope-index.ts';
import type { Shelf } from './shelf.ts';

/** All that one node remembers: a shelf for each scope. Nothing of one shelf can be reached through another. */
export class Partition {
  readonly #shelves = new Map<string, Shelf>();
  readonly #scopes = new Map<string, string>();

  /** Files of all scopes. */
  get size(): number {
    return this.#scopes.size;
  }

  /** Takes the place of what was remembered of the same file, in whichever scope that was. */
  remember(scope: string, label: Label, analysed: Analysed): void {
    if (this.#scopes.get(label.id) !== scope) this.forget(label.id);
    const { index, meanings } = this.shelf(scope);
    const place = index.add(label, analysed);
    this.#scopes.set(label.id, scope);
    const model = meanings.model(meanings.generations.at(-1));
    if (model !== undefined) meanings.sections(model, place, index.entryAt(place) as Entry, index);
  }

  /** False where there was nothing of it. */
  forget(id: string): boolean {
    const scope = this.#scopes.get(id);
    if (scope === undefined) return false;
    this.#scopes.delete(id);
    const shelf = this.shelf(scope);
    shelf.index.remove(id);
    if (shelf.index.size === 0) this.#shelves.delete(scope);
    return true;
  }

  adopt(scope: string, model: Model): void {
    this.shelf(scope).meanings.adopt(model);
  }

  /** What is remembered of a file. */
  find(id: string): Entry | undefined {
    const scope = this.#scopes.get(id);
    return scope === undefined ? undefined : this.#shelves.get(scope)?.index.entry(id);
  }

  scopeOf(id: string): string | undefined {
    return this.#scopes.get(id);
  }

  scopes(): string[] {
    return [...this.#shelves.keys()].sort();
  }

  /** The shelves of these scopes that there are, and no other. */
  shelves(scopes: readonly string[]): Shelf[] {
    return [...new Set(scopes)].sort().flatMap((scope) => this.#shelves.get(scope) ?? []);
  }

  shelf(scope: string): Shelf {
    let shelf = this.#shelves.get(scope);
    if (shelf === undefined) {
      shelf = { scope, index: new ScopeIndex(), meanings: new MeaningIndex() };
      this.#shelves.set(scope, shelf);
    }
    return shelf;
  }
}
