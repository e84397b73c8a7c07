import type { Remembered } from '../../contract/memory.ts';
import type { Write } from '../../contract/ports.ts';
import type { FileId, Json } from '../../contract/words.ts';
import type { IndexContext } from './context.ts';

/** The text of a file as this cell keeps it on its disk, so that a start need not fetch and read everything again. */
export type Row = {
  readonly v: 1;
  readonly scope: string;
  readonly edition: string;
  readonly name: string;
  readonly storedAt: number;
  readonly remembered: Remembered;
  readonly cut: boolean;
  readonly about: string;
  readonly text: string;
};

function rowKey({ tree }: IndexContext, id: FileId): string {
  return `${tree.tree}/${id}`;
}

export function rowWrite(context: IndexContext, id: FileId, row: Row): Write {
  return { table: 'memory', key: rowKey(context, id), value: row as unknown as Json };
}

export function rowRemoval(context: IndexContext, id: FileId): Write {
  return { table: 'memory', key: rowKey(context, id), remove: true };
}

/** One after the other, ascending by id, without holding the store between two of them. */
export function* rowsOf(context: IndexContext): Generator<readonly [id: FileId, row: Row]> {
  const prefix = rowKey(context, '');
  let after: string | undefined;
  for (;;) {
    const [next] = context.ports.store.range('memory', { prefix, limit: 1, ...(after === undefined ? {} : { after }) });
    if (next === undefined) return;
    const [key, value] = next;
    after = key;
    if (isRow(value)) yield [key.slice(prefix.length), value as unknown as Row];
  }
}

/** Rows of another version are read from the file again. */
function isRow(value: Json): boolean {
  return (value as { readonly v?: unknown } | null)?.v === 1;
}
