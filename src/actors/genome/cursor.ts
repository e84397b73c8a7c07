import type { Json, JsonObject } from '../../contract/words.ts';
import type { GenomeDocument, Path } from './document.ts';
import type { Position } from './problems.ts';
import { isJsonMap } from './rule.ts';

/**
 * A place in a genome file, and what stands there. The compiler reads files through cursors, so that it always knows
 * where it is, and passes over whatever isn't of the shape that the grammar asks for: that has been told already.
 */
export class Cursor {
  readonly path: Path;
  readonly value: Json | undefined;
  readonly #document: GenomeDocument;

  private constructor(document: GenomeDocument, path: Path, value: Json | undefined) {
    this.#document = document;
    this.path = path;
    this.value = value;
  }

  /** The whole of a file. */
  static of(document: GenomeDocument): Cursor {
    return new Cursor(document, [], document.value);
  }

  /** Of the key that leads here, or of the element of a list. */
  get keyAt(): Position {
    return this.#document.keyAt(this.path);
  }

  get at(): Position {
    return this.#document.valueAt(this.path);
  }

  /** Of a character of the text that stands here. */
  textAt(index: number): Position {
    return this.#document.textAt(this.path, index);
  }

  /** The last key of the path. */
  get name(): string {
    return String(this.path.at(-1) ?? '');
  }

  get there(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined;
  }

  /** How the file spells the number that stands here. */
  get digits(): string | undefined {
    return this.number === undefined ? undefined : this.#document.sourceOf(this.path) || String(this.number);
  }

  get flag(): boolean | undefined {
    return typeof this.value === 'boolean' ? this.value : undefined;
  }

  get map(): JsonObject | undefined {
    return isJsonMap(this.value) ? this.value : undefined;
  }

  field(name: string): Cursor {
    const { map } = this;
    const value = map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
    return new Cursor(this.#document, [...this.path, name], value);
  }

  /** A field of a map, or an element of a list. */
  part(key: string | number): Cursor {
    if (typeof key === 'string') return this.field(key);
    const item = Array.isArray(this.value) ? (this.value[key] as Json | undefined) : undefined;
    return new Cursor(this.#document, [...this.path, key], item);
  }

  has(name: string): boolean {
    return this.map !== undefined && Object.hasOwn(this.map, name);
  }

  /** The fields of a map, in the order of the file; none of anything else. */
  get fields(): readonly Cursor[] {
    return Object.keys(this.map ?? {}).map((name) => this.field(name));
  }

  /** The elements of a list, or what stands here alone: a list of one may be written without brackets. */
  get elements(): readonly Cursor[] {
    const { value } = this;
    if (!this.there) return [];
    if (!Array.isArray(value)) return [this];
    return value.map((item: Json, index) => new Cursor(this.#document, [...this.path, index], item));
  }
}
