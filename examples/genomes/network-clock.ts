/**
 * The clock of crono-tree.genome.yaml: the root's time at every cell. A cell asks the root every ten seconds; of the
 * answer it takes off half of the round trip, as NTP does, and it never shows a time before one that it has shown.
 */

/** What the clock remembers: the fields that the genome declares. */
export interface ClockState {
  /** Milliseconds to add to this cell's own clock. */
  readonly offset: number;
  /** The last time that was shown. */
  readonly shown: number;
  /** When the question that is under way was sent, by this cell's clock; 0 where there is none. */
  readonly asked: number;
}

export type ClockEvent =
  | { readonly name: 'tick' }
  | { readonly name: 'question'; readonly sent: number; readonly slot: number }
  | { readonly name: 'answer'; readonly sent: number; readonly at: number }
  | { readonly name: 'read' };

/** What a step may look at: the cell's own clock, and its place in the tree. */
export interface ClockContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** 1 is the root. */
  readonly slot: number;
}

/** What a step asks for: an answer to whoever asked, or a message to the clock in another slot. */
export type ClockEffect =
  | { readonly reply: { readonly time: number; readonly offset: number } }
  | {
      readonly to: 'clock.question' | 'clock.answer';
      readonly slot: number;
      readonly with: { readonly [field: string]: number };
    };

export interface ClockStep {
  readonly state: ClockState;
  readonly effects: readonly ClockEffect[];
}

const ROOT = 1;

/** @example step({ offset: 0, shown: 0, asked: 0 }, { name: 'read' }, { now: 5, slot: 1 }).effects // [{ reply: { time: 5, offset: 0 } }] */
export function step(state: ClockState, event: ClockEvent, { now, slot }: ClockContext): ClockStep {
  switch (event.name) {
    case 'tick':
      return slot === ROOT ? { state: { ...state, offset: 0 }, effects: [] } : ask(state, now, slot);
    case 'question':
      return { state, effects: [{ to: 'clock.answer', slot: event.slot, with: { sent: event.sent, at: now } }] };
    case 'answer':
      return { state: compensated(state, event.sent, event.at, now), effects: [] };
    case 'read':
      return show(state, now);
  }
}

function ask(state: ClockState, now: number, slot: number): ClockStep {
  return {
    state: { ...state, asked: now },
    effects: [{ to: 'clock.question', slot: ROOT, with: { sent: now, slot } }],
  };
}

/** An answer to an older question may have waited anywhere: it says nothing. */
function compensated(state: ClockState, sent: number, at: number, now: number): ClockState {
  if (sent !== state.asked) return state;
  const halfWay = Math.round((now - sent) / 2);
  return { ...state, asked: 0, offset: at + halfWay - now };
}

function show(state: ClockState, now: number): ClockStep {
  const time = Math.max(now + state.offset, state.shown);
  return { state: { ...state, shown: time }, effects: [{ reply: { time, offset: state.offset } }] };
}
