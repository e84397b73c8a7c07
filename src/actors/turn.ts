import { LIMITS } from '../contract/limits.ts';
import type { Effect, Input, Moment, Signal, Step } from '../contract/organ.ts';
import type { Write } from '../contract/ports.ts';
import type { AnyOrgan } from './any-organ.ts';
import type { Chart, Mode } from './chart.ts';
import type { Letter } from './letter.ts';

type Handle = (facts: unknown, input: Input, moment: Moment) => Step<unknown>;
type Act = (facts: unknown, signal: Signal, moment: Moment) => Step<unknown>;

/** Makes the moment of a handler or action. */
export type MomentIn = (mode: Mode) => Moment;

/** All that one input led to: the handler's step and those of the actions that its signals set off. */
export class Turn {
  readonly letter: Letter | undefined;
  facts: unknown;
  mode: Mode;
  writes: readonly Write[];
  effects: readonly Effect[];
  /** Rows of the outbox among the writes. */
  rows: readonly Write[] = NONE;

  constructor(letter: Letter | undefined, step: Step<unknown>, mode: Mode) {
    this.letter = letter;
    this.facts = step.facts;
    this.mode = mode;
    this.writes = step.writes ?? NONE;
    this.effects = step.effects ?? NONE;
  }
}

const NONE: readonly never[] = [];
const INIT: Signal = { type: 'xstate.init' };

/** The turn of one input. Nothing of the organ changes: the caller takes the turn's facts and mode over. */
export function turnOf(
  organ: AnyOrgan,
  chart: Chart,
  facts: unknown,
  mode: Mode,
  letter: Letter,
  momentIn: MomentIn,
): Turn {
  const handle = organ.receive[letter.input.kind] as Handle;
  const step = handle(facts, letter.input, momentIn(mode));
  const turn = new Turn(letter, step, mode);
  if (step.signals !== undefined && step.signals.length > 0) settle(organ, chart, turn, step.signals, momentIn);
  return turn;
}

/** The first turn of a life: the organ's `begin`, the actions of its initial mode, then the signals of `begin`. */
export function firstTurnOf(organ: AnyOrgan, chart: Chart, begun: Step<unknown>, momentIn: MomentIn): Turn {
  const turn = new Turn(undefined, begun, chart.initial);
  const signals: Signal[] = [];
  for (const name of chart.initialActions) act(organ, turn, name, INIT, signals, momentIn);
  settle(organ, chart, turn, [...(begun.signals ?? []), ...signals], momentIn);
  return turn;
}

/** Steps the machine through the signals and runs the actions it names, whose own signals come after all others. */
function settle(organ: AnyOrgan, chart: Chart, turn: Turn, first: readonly Signal[], momentIn: MomentIn): void {
  const signals = [...first];
  const actions: string[] = [];
  for (let i = 0; i < signals.length; i++) {
    if (i >= LIMITS.signalsPerStepMax) {
      throw new Error(`organ '${organ.id}': more than ${LIMITS.signalsPerStepMax} signals by one input`);
    }
    const signal = signals[i] as Signal;
    turn.mode = chart.step(turn.mode, signal, actions);
    for (const name of actions) act(organ, turn, name, signal, signals, momentIn);
    actions.length = 0;
  }
}

function act(organ: AnyOrgan, turn: Turn, name: string, signal: Signal, signals: Signal[], momentIn: MomentIn): void {
  const action = organ.actions[name] as Act;
  const step = action(turn.facts, signal, momentIn(turn.mode));
  turn.facts = step.facts;
  if (step.writes !== undefined && step.writes.length > 0) turn.writes = [...turn.writes, ...step.writes];
  if (step.effects !== undefined && step.effects.length > 0) turn.effects = [...turn.effects, ...step.effects];
  if (step.signals !== undefined) signals.push(...step.signals);
}
