import type { CallOptions } from './services.ts';
import type { EpochMs, FileId } from './words.ts';

/** What peerMemory offers: files are found by describing them. */

/** A description in plain words, and what its answers must be besides. */
export interface Search {
  /** At most LIMITS.queryCharactersMax characters. Dates, kinds of files and negations in it become filters. */
  readonly q: string;
  /** Answers on this page. @default 10 */
  readonly limit?: number;
  /** Answers before this page. @default 0 */
  readonly offset?: number;
  /** Endings of names, as `pdf`. @default any */
  readonly types?: readonly string[];
  /** Key ids. @default any */
  readonly owners?: readonly string[];
  /** Stored at or after this time. @default any */
  readonly after?: EpochMs;
  /** Stored before this time. @default any */
  readonly before?: EpochMs;
  /** Says of what each score is made. @default false */
  readonly explain?: boolean;
}

export interface SearchResult {
  readonly id: FileId;
  readonly name: string;
  /** Higher is better; comparable only within one answer. */
  readonly score: number;
  /** Part of the file, the words that were found between `**`. */
  readonly snippet: string;
  /** Only where it was asked for: what each way of ranking adds to the score. */
  readonly why?: { readonly [way: string]: number };
}

export interface SearchAnswer {
  readonly results: readonly SearchResult[];
  /** True where part of the memory did not answer in time, or is still being read. */
  readonly partial: boolean;
  /** Only where it was asked for: how the sentence was understood. */
  readonly understood?: Understood;
}

export interface Understood {
  readonly about: string;
  readonly words: readonly string[];
  readonly without: readonly string[];
  readonly types: readonly string[];
  readonly owners: readonly string[];
  readonly after: EpochMs | null;
  readonly before: EpochMs | null;
}

/** How far a file has got: `failed:` is followed by one of EXTRACTION_FAILURES. */
export type Remembered = 'pending' | 'done' | 'forgotten' | `failed:${string}`;

export interface RememberedFile {
  readonly id: FileId;
  readonly name: string;
  readonly remembered: Remembered;
  /** The text was cut at LIMITS.textBytesMax. */
  readonly cut: boolean;
  /** What people said of it. */
  readonly note: string;
}

export interface RememberOptions extends CallOptions {
  /** A description, tags, a note: found like the text, for files that have none of their own as well. */
  readonly note?: string;
}

export interface MemoryService {
  search(search: Search, options?: CallOptions): Promise<SearchAnswer>;
  /** Has a file remembered that was forgotten, or says something of it. Rejects with `not-found`, `no-authority`. */
  remember(idOrName: string, options?: RememberOptions): Promise<RememberedFile>;
  /** From when it resolves no answer shows the file any more; the file itself stays. */
  forget(idOrName: string, options?: CallOptions): Promise<RememberedFile>;
  stat(idOrName: string, options?: CallOptions): Promise<RememberedFile>;
}

/** Why a file's text could not be had. What is said about the file is found nevertheless. */
export const EXTRACTION_FAILURES = [
  'unreadable',
  'not-text',
  'too-large',
  'too-slow',
  'too-much-memory',
  'protected',
] as const;
export type ExtractionFailure = (typeof EXTRACTION_FAILURES)[number];

export interface Extracted {
  readonly text: string;
  /** What the file says about itself: title, author, keywords, where and when a picture was taken. */
  readonly about: string;
  readonly cut: boolean;
}

export type Extraction =
  | ({ readonly ok: true } & Extracted)
  | { readonly ok: false; readonly reason: ExtractionFailure };

/** Gets the text out of a file. Never rejects: what can't be read is an outcome. */
export interface Extractor {
  extract(name: string, bytes: Uint8Array): Promise<Extraction>;
  /** Reads nothing any more. */
  close(): Promise<void>;
}
