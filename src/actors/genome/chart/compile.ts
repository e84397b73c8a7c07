import { LIMITS } from '../../../contract/limits.ts';
import { DURATION_PATTERN, formatDuration, parseDuration } from '../../../contract/units.ts';
import type { Directory, Signature } from '../compiler/directory.ts';
import { readExpression, readValues } from '../compiler/expressions.ts';
import { Names, type Report } from '../compiler/names.ts';
import type { Cursor } from '../cursor.ts';
import type { Expression } from '../expression/expression.ts';
import { Scope } from '../expression/scope.ts';
import { BOOLEAN, INTEGER, STRING, type Type } from '../expression/type.ts';
import { REFUSALS } from '../grammar/chart-grammar.ts';
import type { ForeignCall } from '../plan.ts';
import { nearestQuantity } from '../quantities.ts';
import { type ObjectShape, typeOf } from '../shape.ts';
import type { ActionsPlan, ChartPlan, StatePlan, TimerPlan, TransitionPlan } from './plan.ts';
import { type Draft, draftsIn } from './reading.ts';
import { type AwaitedAnswer, Sends } from './sends.ts';
import { resolveTarget } from './targets.ts';

/** What a chart is compiled with: its organ, what that remembers, and who else there is. */
export interface ChartSurroundings {
  readonly organ: Cursor;
  readonly context: ObjectShape;
  readonly events: ReadonlyMap<string, Signature>;
  readonly directory: Directory;
  readonly report: Report;
}

export interface CompiledChart {
  readonly chart: ChartPlan;
  readonly foreign: readonly ForeignCall[];
  readonly delays: Names;
  /** Answers that calls wait for, to be compared once the replies of all charts are known. */
  readonly awaited: readonly AwaitedAnswer[];
}

/** Resolves every name of a chart and checks every expression. */
export function compileChart(root: Draft, surroundings: ChartSurroundings): CompiledChart {
  const compiler = new ChartCompiler(root, surroundings);
  const chart = compiler.chart();
  const { foreign, awaited } = compiler.sends;
  return { chart, delays: compiler.delayNames, foreign, awaited };
}

/** A state whose parts are filled in one after the other, since they refer to each other. */
type Growing = { -readonly [part in keyof StatePlan]: StatePlan[part] };

class ChartCompiler {
  readonly sends: Sends;
  readonly delayNames: Names;
  readonly #root: Draft;
  readonly #around: ChartSurroundings;
  readonly #report: Report;
  readonly #states = new Map<Draft, Growing>();
  readonly #delays: ReadonlyMap<string, Expression>;
  readonly #quiet: Scope;
  readonly #stateType: Type;

  constructor(root: Draft, around: ChartSurroundings) {
    this.#root = root;
    this.#around = around;
    this.#report = around.report;
    this.sends = new Sends(around, (name, at) => this.#event(name, at));
    this.#stateType = stateTypeOf(root);
    this.#quiet = Scope.of(this.#variables());
    this.delayNames = new Names('delay', this.#report);
    this.#delays = this.#readDelays(around.organ.field('delays'));
  }

  chart(): ChartPlan {
    const drafts = draftsIn(this.#root);
    for (const draft of drafts) this.#states.set(draft, emptyState(draft));
    for (const draft of drafts) this.#build(draft);
    for (const draft of drafts) this.#fill(draft);
    const states = drafts.slice(1).map((draft) => [draft.path, this.#state(draft)] as const);
    return { root: this.#state(this.#root), states: new Map(states) };
  }

  /** What expressions may name; `event` only where it is known which one it is. */
  #variables(): { [name: string]: Type } {
    return { context: typeOf(this.#around.context), key: STRING, now: INTEGER, state: this.#stateType, caller: STRING };
  }

  #scopeFor(event: Signature): Scope {
    return Scope.of({ ...this.#variables(), event: typeOf(event.input) });
  }

  #state(draft: Draft): Growing {
    const state = this.#states.get(draft);
    if (state === undefined) throw new Error(`the state '${draft.path}' was never entered`);
    return state;
  }

  #readDelays(cursor: Cursor): ReadonlyMap<string, Expression> {
    const delays = new Map<string, Expression>();
    for (const delay of cursor.fields) {
      this.delayNames.declare(delay.name, delay.keyAt);
      const expression = readExpression(delay, this.#quiet, this.#report, INTEGER);
      if (expression !== undefined) delays.set(delay.name, expression);
    }
    return delays;
  }

  #build(draft: Draft): void {
    const state = this.#state(draft);
    const named = (name: string | undefined): StatePlan | undefined => {
      const child = draft.children.find((one) => one.name === name);
      return child === undefined ? undefined : this.#state(child);
    };
    state.parent = draft.parent === undefined ? undefined : this.#state(draft.parent);
    state.children = draft.children.map((child) => this.#state(child));
    state.initial = named(draft.cursor.field('initial').text);
  }

  #fill(draft: Draft): void {
    const { cursor } = draft;
    const state = this.#state(draft);
    state.entry = this.#actions(cursor.field('entry'), this.#quiet);
    state.exit = this.#actions(cursor.field('exit'), this.#quiet);
    state.on = new Map(cursor.field('on').fields.flatMap((event) => this.#onEvent(draft, event)));
    state.after = cursor.field('after').fields.flatMap((timer) => this.#timer(draft, timer));
    state.onDone = this.#unasked(draft, cursor.field('onDone'));
    if (draft.type === 'history') state.remembers = this.#remembered(draft);
  }

  #remembered(draft: Draft): StatePlan | undefined {
    const target = draft.cursor.field('target');
    const parent = draft.parent === undefined ? undefined : this.#state(draft.parent);
    if (target.text === undefined) return parent?.initial;
    const found = resolveTarget(draft, target, this.#report);
    return found === undefined ? undefined : this.#state(found);
  }

  #onEvent(draft: Draft, cursor: Cursor): [string, readonly TransitionPlan[]][] {
    const signature = this.#event(cursor.name, cursor.keyAt);
    const scope = signature === undefined ? this.#quiet : this.#scopeFor(signature);
    const transitions = this.#transitions(draft, cursor, scope);
    // Of an event that isn't declared nobody knows the fields: what is said of them would be noise.
    return signature === undefined ? [] : [[signature.verb, transitions]];
  }

  /** The event of a name; of a misspelt one, what was meant. */
  #event(name: string, at: Cursor['at']): Signature | undefined {
    const names = new Names('event', this.#report);
    for (const { declared } of this.#around.events.values()) {
      if (declared !== undefined) names.declare(declared.name, declared.at);
    }
    const found = names.use(name, at);
    return found === undefined ? undefined : this.#around.events.get(found.name);
  }

  #timer(draft: Draft, cursor: Cursor): TimerPlan[] {
    const transitions = this.#unasked(draft, cursor);
    const label = cursor.name;
    const delay = this.#delay(label, cursor);
    return delay === undefined ? [] : [{ id: `${draft.path}:${label}`, label, delay, transitions }];
  }

  #delay(label: string, cursor: Cursor): number | Expression | undefined {
    const ms = parseDuration(label);
    if (ms === undefined && /^[0-9]/.test(label)) {
      this.#report.add(cursor.keyAt, `'${label}' is not a duration such as 30s`, nearestQuantity(label, DURATION_TEXT));
      return undefined;
    }
    if (ms === undefined) {
      const declared = this.delayNames.use(label, cursor.keyAt);
      return declared === undefined ? undefined : this.#delays.get(declared.name);
    }
    const { timerMinMs, timerMaxMs } = LIMITS;
    if (ms >= timerMinMs && ms <= timerMaxMs) return ms;
    this.#report.add(cursor.keyAt, `a timer runs from ${formatDuration(timerMinMs)} to ${formatDuration(timerMaxMs)}`);
    return undefined;
  }

  /** What time or an end sets off: nobody has asked who could be answered. */
  #unasked(draft: Draft, cursor: Cursor): readonly TransitionPlan[] {
    for (const field of cursor.elements.flatMap((element) => [element.field('reply'), element.field('refuse')])) {
      if (field.there) this.#report.add(field.keyAt, `nobody asks here, so '${field.name}' means nothing`);
    }
    return this.#transitions(draft, cursor, this.#quiet);
  }

  #transitions(draft: Draft, cursor: Cursor, scope: Scope): readonly TransitionPlan[] {
    return cursor.elements.map((element) => this.#transition(draft, element, scope));
  }

  #transition(draft: Draft, cursor: Cursor, scope: Scope): TransitionPlan {
    const target = cursor.text === undefined ? cursor.field('target') : cursor;
    const found = target.text === undefined ? undefined : resolveTarget(draft, target, this.#report);
    const guard = cursor.field('guard');
    const reply = cursor.field('reply');
    const refuse = REFUSALS.find((code) => code === cursor.field('refuse').text);
    if (refuse !== undefined) this.#refusesOnly(cursor);
    return {
      source: this.#state(draft),
      target: found === undefined ? undefined : this.#state(found),
      guard: guard.there ? readExpression(guard, scope, this.#report, BOOLEAN) : undefined,
      ...this.#actions(cursor, scope),
      reply: reply.there ? readValues(reply, scope, this.#report) : undefined,
      refuse,
      reenter: cursor.field('reenter').flag ?? false,
      summary: cursor.field('summary').text ?? '',
      at: cursor.text === undefined ? cursor.keyAt : cursor.at,
    };
  }

  #refusesOnly(cursor: Cursor): void {
    for (const field of ['target', 'assign', 'reply', 'emit', 'call', 'reenter']) {
      if (cursor.has(field))
        this.#report.add(cursor.field(field).keyAt, `what is refused changes nothing, so '${field}' means nothing`);
    }
  }

  #actions(cursor: Cursor, scope: Scope): ActionsPlan {
    return {
      assign: this.#assign(cursor.field('assign'), scope),
      emits: cursor.field('emit').elements.flatMap((emit) => this.sends.emit(emit, scope)),
      calls: cursor.field('call').elements.flatMap((call) => this.sends.call(call, scope)),
    };
  }

  #assign(cursor: Cursor, scope: Scope): ReadonlyMap<string, Expression> {
    const names = new Names('field of the context', this.#report);
    const { fields } = this.#around.context;
    // Being set is no use yet: somebody must read it.
    for (const { declared } of fields.values()) if (declared !== undefined) names.declare(declared.name, declared.at);
    const assigned = new Map<string, Expression>();
    for (const field of cursor.fields) {
      const declared = names.use(field.name, field.keyAt);
      const shape = declared === undefined ? undefined : fields.get(declared.name)?.shape;
      const expression = readExpression(field, scope, this.#report, shape && typeOf(shape));
      if (expression !== undefined && declared !== undefined) assigned.set(declared.name, expression);
    }
    return assigned;
  }
}

const DURATION_TEXT = `^${DURATION_PATTERN}$`;

/** Where an entity can be: the paths of the states that have none inside; any text where it can be in several at once. */
function stateTypeOf(root: Draft): Type {
  const drafts = draftsIn(root);
  if (drafts.some(({ type }) => type === 'parallel')) return STRING;
  const leaves = drafts.filter(
    ({ children, type }) => type !== 'history' && children.every((child) => child.type === 'history'),
  );
  return { is: 'string', values: leaves.map(({ path }) => path) };
}

function emptyState({ path, name, type, cursor }: Draft): Growing {
  return {
    path,
    name,
    type,
    parent: undefined,
    children: [],
    initial: undefined,
    deep: cursor.field('history').text === 'deep',
    remembers: undefined,
    on: new Map(),
    after: [],
    onDone: [],
    entry: { assign: new Map(), emits: [], calls: [] },
    exit: { assign: new Map(), emits: [], calls: [] },
    summary: cursor.field('summary').text ?? '',
    at: cursor.keyAt,
  };
}
