import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * A file that grows to `bytesMax`; then it becomes `PATH.1`, in the place of an older one, and a new file begins.
 * Writing is synchronous: lines stay in their order even when an error is written at once, and what the system's cache
 * takes in microseconds needs no queue of its own.
 */
export class FileSink {
  readonly #path: string;
  readonly #bytesMax: number;
  #fd: number;
  #bytes: number;

  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#fd = openToAppend(path);
    this.#bytes = fstatSync(this.#fd).size;
  }

  /** Throws what the file system says, and is usable after it. */
  write(text: string): void {
    const bytes = Buffer.from(text);
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#bytesMax) this.#rotate();
    for (let written = 0; written < bytes.length; ) {
      const count = writeSync(this.#fd, bytes, written);
      written += count;
      this.#bytes += count;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    renameSync(this.#path, `${this.#path}.1`);
    const full = this.#fd;
    this.#fd = openToAppend(this.#path);
    this.#bytes = 0;
    closeSync(full);
  }
}

function openToAppend(path: string): number {
  return openSync(path, 'a', 0o600);
}
