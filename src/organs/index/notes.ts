import { isId } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { FileInfo, Register } from '../../contract/services.ts';
import type { FileId } from '../../contract/words.ts';
import type { IndexContext } from './context.ts';

/** What people decided about a file: whether it is remembered, and what they say of it. The value of `note:<id>`. */
export type Note = {
  readonly remember: boolean;
  readonly note: string;
};

const DEFAULT: Note = { remember: true, note: '' };

export function noteKey(id: FileId): string {
  return `note:${id}`;
}

/** By this node's copy. */
export function noteOf({ registers }: IndexContext, id: FileId): { readonly note: Note; readonly version: number } {
  const [register] = registers.list({ prefix: noteKey(id), limit: 1 });
  return { note: noteIn(register), version: register?.version ?? 0 };
}

function noteIn(register: Register | undefined): Note {
  const value = register?.value as Partial<Note> | null | undefined;
  if (typeof value?.remember !== 'boolean' || typeof value.note !== 'string') return DEFAULT;
  return { remember: value.remember, note: value.note.slice(0, LIMITS.noteCharactersMax) };
}

/** What is to be remembered of a file as it is now; undefined where nothing is. */
export function wantedOf(
  context: IndexContext,
  id: FileId,
): { file: FileInfo; note: Note; edition: string } | undefined {
  const file = context.catalogue.find(id);
  if (file === undefined) return undefined;
  const { note, version } = noteOf(context, id);
  return note.remember ? { file, note, edition: `${file.version}.${version}` } : undefined;
}

/** The file that a register of the tree is about. */
export function noteIdIn(key: string): FileId | undefined {
  const prefix = noteKey('');
  return key.startsWith(prefix) && isId(key.slice(prefix.length)) ? key.slice(prefix.length) : undefined;
}
