import type { JsonObject, NodeId } from '../../../contract/words.ts';
import type { Committee, SignedGenesis } from '../committee.ts';
import type { LedgerFacts } from '../facts.ts';
import type { Slot } from '../order.ts';
import { COMMITTEE_KEY, read } from '../records.ts';
import type { Said } from '../statement.ts';
import type { StoreBook } from './rows.ts';

/** What the organ of one cell knows; everything but the book is rebuilt from it, or heard again. */
export interface OfficeFacts {
  readonly book: StoreBook;
  /** Null until there is a committee. */
  readonly ledger: LedgerFacts | null;
  /** Steps of this life that wrote something; names what is on its way to the disk. */
  readonly turn: number;
  /** How often this cell was started, as far as its disk knows. */
  readonly life: number;
  readonly token: string;
  /** Its disk has forgotten what it promised: its key votes no more. */
  readonly barred: boolean;
  /** Which members have confirmed, or denied, that they know of no later life. */
  readonly welcomes: { readonly [node: NodeId]: boolean };
  /** Outcomes applied here, numbered in the order in which that happened. */
  readonly feed: number;
  /** Ballots that this validator is in, by slot, and when they will have taken too long (monotonic). */
  readonly ballots: ReadonlyMap<string, Underway>;
  /** The cells of the tree in slot order, and which of them are not held alive. */
  readonly cells: readonly NodeId[];
  readonly down: ReadonlySet<NodeId>;
  /** Since when a member has had no live cell (monotonic). */
  readonly absent: ReadonlyMap<NodeId, number>;
  /** Cells whose outcomes are being fetched. */
  readonly pulling: ReadonlySet<NodeId>;
  /** What members have said of late, to notice when one contradicts itself. */
  readonly heard: ReadonlyMap<string, readonly Said[]>;
}

export interface Underway {
  readonly slot: Slot;
  readonly ballot: number;
  readonly dueAt: number;
}

/** Where there is a committee. */
export type OpenFacts = OfficeFacts & { readonly ledger: LedgerFacts };

export function isOpen(facts: OfficeFacts): facts is OpenFacts {
  return facts.ledger !== null;
}

/** The rows that are this organ's own, beside those of the rules. */
export const GENESIS_KEY = 'genesis';
export const LIFE_KEY = 'life';
export const BARRED_KEY = 'barred';
export const FEED_LENGTH_KEY = 'feed-length';
export const feedKey = (number: number): string => `feed/${feedPlace(number)}`;
export const feedPlace = (number: number): string => String(number).padStart(16, '0');
export const cursorKey = (node: NodeId): string => `cursor/${node}`;
export const lifeKey = (node: NodeId): string => `life-of/${node}`;
export const fraudKey = (committee: number, seat: number): string => `fraud/${committee}/${seat}`;

export function genesisIn(book: StoreBook): SignedGenesis | undefined {
  return read(book, GENESIS_KEY);
}

export function committeeIn({ book }: OfficeFacts): Committee {
  return read<Committee>(book, COMMITTEE_KEY) as Committee;
}

export type Tag = JsonObject;
