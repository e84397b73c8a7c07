import { isId } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';

/** C0, DEL and C1: nothing that a terminal or a log would act upon. */
const CONTROL = /[\p{Cc}]/u;
/** Half of a surrogate pair, which no UTF-8 can hold. */
const LONE_SURROGATE = /\p{Cs}/u;

/**
 * Why a text can't be a file's name; undefined where it can. One text has one spelling (NFC), a path means the same
 * everywhere (no `.`, `..` or empty segments), and nothing that looks like an id is a name.
 *
 * @example nameProblem('photos/2024/cat.jpg') // undefined
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'a file name must not be empty';
  if (LONE_SURROGATE.test(name)) return 'a file name must be valid Unicode';
  if (Buffer.byteLength(name) > LIMITS.fileNameBytesMax) {
    return `a file name has at most ${LIMITS.fileNameBytesMax} bytes in UTF-8`;
  }
  if (name !== name.normalize('NFC')) return 'a file name must be in Unicode normalization form C';
  if (CONTROL.test(name)) return 'a file name must not hold control characters';
  if (isId(name)) return 'a file name must not look like an id';
  if (name.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return "a file name must not have empty, '.' or '..' segments";
  }
  return undefined;
}

/** @throws Fault `bad-name` */
export function assertName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new Fault('bad-name', problem);
}
