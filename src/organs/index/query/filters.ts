import type { Label } from '../store/scope-index.ts';

/** What a file must be, besides being about something. */
export interface Filters {
  /** Any of these endings. */
  readonly types?: readonly string[];
  /** Any of these key ids. */
  readonly owners?: readonly string[];
  /** Stored at or after this time, epoch milliseconds. */
  readonly after?: number;
  /** Stored before this time, epoch milliseconds. */
  readonly before?: number;
}

export function admits({ types, owners, after, before }: Filters, label: Label): boolean {
  return (
    (types === undefined || types.includes(label.type)) &&
    (owners === undefined || owners.includes(label.owner)) &&
    (after === undefined || label.storedAt >= after) &&
    (before === undefined || label.storedAt < before)
  );
}
