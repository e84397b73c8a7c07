import { LIMITS } from '../../contract/limits.ts';

/** Gathers text up to LIMITS.textBytesMax, counted as UTF-16 units, and remembers whether something was left out. */
export class TextBuffer {
  readonly #parts: string[] = [];
  #length = 0;
  cut = false;

  get full(): boolean {
    return this.#length >= LIMITS.textBytesMax;
  }

  add(text: string): void {
    const room = LIMITS.textBytesMax - this.#length;
    if (text.length > room) this.cut = true;
    const part = text.length > room ? text.slice(0, room) : text;
    if (part === '') return;
    this.#parts.push(part);
    this.#length += part.length;
  }

  toString(): string {
    return this.#parts.join('');
  }
}
