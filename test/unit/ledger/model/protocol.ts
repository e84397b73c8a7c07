import * as rules from '../../../../src/organs/ledger/rules.ts';

/** The decisions that are searched: those that validators run, or those of a mutant. */
export type Rules = Omit<typeof rules, 'NOTHING_PROMISED'>;

/** A promise that a mutant keeps in memory only, so that a crash takes it back. */
export type Promise = keyof rules.Promises;

export interface Protocol {
  readonly rules: Rules;
  /** What a validator takes as paid: 2f+1 acknowledgements, or (in a mutant) a certificate. */
  readonly pays: 'settlement' | 'certificate';
  /** Where a trade is decided: in its home slot, or (in a mutant) in each slot that it has a leg in. */
  readonly decides: 'home' | 'each';
  /** Which legs of a trade a vote for it binds. */
  readonly binds: 'legs' | 'home';
  /** Whether only acknowledgements of one ballot make a settlement. */
  readonly settles: 'ballot' | 'any';
  /** What counts as the home slot's decision for a ballot of the other slot. */
  readonly follows: 'settlement' | 'certificate';
  /** Whether a validator that hands over to the next committee goes on in the slots of this one. */
  readonly closes: boolean;
  readonly forgets: readonly Promise[];
}

export const shipped: Protocol = {
  rules,
  pays: 'settlement',
  decides: 'home',
  binds: 'legs',
  settles: 'ballot',
  follows: 'settlement',
  closes: true,
  forgets: [],
};

/** The value that takes a slot without doing anything. */
export const VOID = 'void';
/** The next committee is handed a slot without an outcome. */
export const NOTHING = 'nothing';

/** A slot: in which ballots it may be decided, and what ballots may choose when nothing is kept. */
export interface SlotPlan {
  readonly name: string;
  /** The highest ballot that is searched. */
  readonly ballots: number;
  /** Values that need no other slot, which a ballot may choose besides VOID: those of a pending transfer. */
  readonly choosable?: readonly string[];
  /**
   * False where acknowledgements of the highest ballot need not be told apart from its certificates, because nothing can
   * come in between; the search is smaller by as much.
   */
  readonly lastAcknowledged?: boolean;
  /** The committee's own slot: joining it closes all others, and its value says what of them is handed over. */
  readonly handover?: boolean;
}

/** What owners have signed, both ends of an equivocation included. */
export interface BodyPlan {
  readonly name: string;
  /** The slots that it takes a place in; the first one is its home. */
  readonly legs: readonly string[];
}

/** One small world: three honest validators, one that says anything, and bodies that anybody may show to anybody. */
export interface Scenario {
  readonly slots: readonly SlotPlan[];
  readonly bodies: readonly BodyPlan[];
}

export function decidedIn({ decides }: Protocol, body: BodyPlan): readonly string[] {
  return decides === 'home' ? body.legs.slice(0, 1) : body.legs;
}
