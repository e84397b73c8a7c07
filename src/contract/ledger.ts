import type { CallOptions } from './services.ts';
import type { Json, JsonObject, NodeId } from './words.ts';

/**
 * What a ledger offers to receptors and to whoever embeds the runtime. Orders, proofs and the like are JSON that their owners
 * have signed: docs/ledger.md says what is in them, and src/organs/ledger reads them.
 */
export interface LedgerService {
  /** @throws Fault `no-committee` */
  office(options?: CallOptions): Promise<LedgerOffice>;
  /**
   * Brings a signed order to its end, through this node: to all validators, until 2f + 1 have acknowledged it or enough of them
   * have said why not. May be called again with the same order at any node, any number of times.
   *
   * @throws Fault `no-committee`, `malformed`, `deadline` (then nobody knows: ask again), `cancelled`
   */
  submit(signed: Json, options?: CallOptions): Promise<OrderOutcome>;
  /** Has a slot decided by ballots, as `{slot, unlock}` says. @throws as `submit` does */
  unlock(request: Json, options?: CallOptions): Promise<SlotOutcome>;
  /** The shell as 2f + 1 validators show it: with every transfer in it that was settled before. @throws Fault as above */
  read(shell: string, options?: CallOptions): Promise<ShellReading>;
  /** What this node knows of the outcomes that changed the shell, by their values. */
  history(shell: string, after?: number): Promise<ShellHistory>;
  /** @throws Fault `not-found` where this node knows of no such settled order */
  proof(value: string): Promise<JsonObject>;
  /** Rows of this node's own copy, ascending by key. */
  list(what: LedgerList, options: { readonly after?: string; readonly limit?: number }): Promise<LedgerPage>;
  /** Has these seats given to spares. @throws Fault `conflict` where too few members would have it so */
  change(drop: readonly number[], options?: CallOptions): Promise<LedgerOffice>;
}

export const LEDGER_LISTS = ['assets', 'shells', 'pendings', 'outcomes'] as const;
export type LedgerList = (typeof LEDGER_LISTS)[number];

/** Who decides, and how this node's cell stands to it. */
export interface LedgerOffice {
  readonly genesis: JsonObject;
  readonly committee: LedgerCommittee;
  readonly members: readonly {
    readonly seat: number;
    readonly node: NodeId;
    readonly state: 'live' | 'down' | 'gone';
  }[];
  /** `following`, `greeting`, `voting` or `barred`. */
  readonly mode: string;
  /** Of the state that this cell has applied. */
  readonly root: string;
  readonly outcomes: number;
  readonly ballots: number;
}

export interface LedgerCommittee {
  readonly ledger: string;
  readonly number: number;
  readonly f: number;
  readonly keys: readonly string[];
  readonly sparesSeated: number;
  readonly head: string;
}

/** Why validators gave no vote; `code` is one of the table in docs/ledger.md, section 4. */
export interface OrderRefusal {
  readonly code: string;
  readonly leg?: number;
  readonly entry?: number;
  readonly known?: Json;
}

export type OrderOutcome =
  | { readonly outcome: 'settled'; readonly value: string; readonly evidence: Json }
  /** It can't be settled as it is. */
  | { readonly outcome: 'refused'; readonly refusal: OrderRefusal }
  /** Validators have voted for different orders in its slot, or are in ballots of it: its owner unlocks it. */
  | { readonly outcome: 'stuck'; readonly refusal: OrderRefusal };

/** What the slot was decided to be. */
export interface SlotOutcome {
  readonly value: string;
  readonly kind: string;
}

export interface ShellReading {
  readonly shell: string;
  readonly row: {
    readonly sequence: number;
    readonly head: string;
    readonly debitsPending: string;
    readonly debitsPosted: string;
    readonly creditsPending: string;
    readonly creditsPosted: string;
    readonly pendings: number;
  };
}

export interface ShellHistory {
  /** Values of the shell's own slots, in their order. */
  readonly own: readonly string[];
  /** Of what came from other shells, in no order. */
  readonly incoming: readonly string[];
}

export interface LedgerPage {
  readonly rows: readonly { readonly key: string; readonly value: Json }[];
  /** What `after` is for the next page; null where there is none. */
  readonly next: string | null;
}
