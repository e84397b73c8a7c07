import type { ExtractionFailure } from '../../contract/memory.ts';

/** A file whose text can't be had, and why. */
export class Unextractable extends Error {
  readonly reason: ExtractionFailure;

  constructor(reason: ExtractionFailure) {
    super(reason);
    this.name = 'Unextractable';
    this.reason = reason;
  }
}
