import type { Extraction } from '../../contract/memory.ts';
import { extract } from './extract.ts';

/**
 * The process in which files are read: what harms it harms nothing else. It does one file at a time and ends with the
 * process that started it.
 */

/** What it is asked, and what it answers. */
export interface Job {
  readonly name: string;
  readonly bytes: Uint8Array;
}
export type Done = Extraction;

process.on('disconnect', () => process.exit(0));
process.on('message', ({ name, bytes }: Job) => {
  void extract(name, bytes).then((extraction: Done) => process.send?.(extraction));
});
