import { LIMITS } from '../../../contract/limits.ts';
import { formatDuration, parseDuration } from '../../../contract/units.ts';
import type { Signature } from '../compiler/directory.ts';
import { checkSent, readValues } from '../compiler/expressions.ts';
import { place, type Report } from '../compiler/names.ts';
import type { Cursor } from '../cursor.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import type { Scope } from '../expression/scope.ts';
import { describeType, fits, STRING, type Type, useWhole } from '../expression/type.ts';
import type { ForeignCall } from '../plan.ts';
import { typeOf } from '../shape.ts';
import type { ChartSurroundings } from './compile.ts';
import type { CallPlan, EmitPlan } from './plan.ts';

/** An answer that a call waits for, to be compared once the replies of all charts are known. */
export interface AwaitedAnswer {
  readonly callee: Signature;
  readonly answer: Signature;
  readonly cursor: Cursor;
}

/** What a chart sends: whom it is for is resolved, and what it carries is checked against what that takes. */
export class Sends {
  readonly foreign: ForeignCall[] = [];
  readonly awaited: AwaitedAnswer[] = [];
  readonly #around: ChartSurroundings;
  readonly #report: Report;
  readonly #event: (name: string, at: Cursor['at']) => Signature | undefined;

  /** `event` finds an event of the chart by its name, and reports one that isn't there. */
  constructor(around: ChartSurroundings, event: (name: string, at: Cursor['at']) => Signature | undefined) {
    this.#around = around;
    this.#report = around.report;
    this.#event = event;
  }

  emit(cursor: Cursor, scope: Scope): EmitPlan[] {
    const values = readValues(cursor.field('with'), scope, this.#report);
    const found = this.#around.directory.find(cursor.field('to'), true);
    if (found === undefined) return [];
    if (found.signature === undefined) {
      const { genome, receptor } = found.target;
      this.foreign.push({ genome, receptor, at: cursor.field('to').at, with: values, answer: undefined });
    } else this.#checkTaken(found.signature, values, cursor);
    return [{ to: found.target, with: values, input: found.signature?.input }];
  }

  #checkTaken(signature: Signature, values: EmitPlan['with'], cursor: Cursor): void {
    const name = `${signature.organ}.${signature.verb}`;
    if (signature.carries === 'json') {
      checkSent(values, cursor.field('with'), cursor, signature.input, name, this.#report);
    } else this.#report.add(cursor.field('to').at, `'${name}' is for receptors only: it carries ${signature.carries}`);
  }

  call(cursor: Cursor, scope: Scope): CallPlan[] {
    const values = readValues(cursor.field('with'), scope, this.#report);
    const found = this.#around.directory.find(cursor.field('to'), true);
    const [answerAt, failureAt] = [cursor.field('answer'), cursor.field('failure')];
    const answer = answerAt.text === undefined ? undefined : this.#event(answerAt.text, answerAt.at);
    const failure = failureAt.text === undefined ? undefined : this.#event(failureAt.text, failureAt.at);
    const deadlineMs = this.#deadline(cursor.field('deadline'));
    for (const event of [answer, failure]) if (event?.declared !== undefined) event.declared.used = true;
    if (failure !== undefined) this.#checkFailure(failure, failureAt);
    if (found === undefined || answer === undefined || failure === undefined) return [];
    if (found.signature === undefined) {
      const { genome, receptor } = found.target;
      const waiting = { input: answer.input, name: answer.verb };
      this.foreign.push({ genome, receptor, at: cursor.field('to').at, with: values, answer: waiting });
    } else {
      this.#checkTaken(found.signature, values, cursor);
      this.awaited.push({ callee: found.signature, answer, cursor: answerAt });
    }
    const input = found.signature?.input;
    return [{ to: found.target, with: values, input, answer: answer.verb, failure: failure.verb, deadlineMs }];
  }

  #checkFailure({ verb, input }: Signature, cursor: Cursor): void {
    // Which fields a failure has is not the author's choice, so neither is what reads them.
    useWhole(typeOf(input));
    if (fits(FAILURE_TYPE, typeOf(input))) return;
    const stranger = [...input.fields.values()].find(
      ({ declared }) => !FAILURE_FIELDS.has(declared?.name ?? ''),
    )?.declared;
    const where = stranger === undefined ? '' : `; '${stranger.name}' is declared at ${place(stranger.at)}`;
    const says = `'${verb}' takes ${describeType(typeOf(input))}; a failure brings {code, detail}, both string${where}`;
    this.#report.add(cursor.at, says);
  }

  #deadline(cursor: Cursor): number {
    const ms = parseDuration(cursor.text ?? GENOME_DEFAULTS.callDeadline) ?? 0;
    if (ms > LIMITS.callDeadlineMaxMs) {
      this.#report.add(cursor.at, `a call waits at most ${formatDuration(LIMITS.callDeadlineMaxMs)}`);
    }
    return ms;
  }
}

const FAILURE_FIELDS: ReadonlyMap<string, { readonly type: Type }> = new Map([
  ['code', { type: STRING }],
  ['detail', { type: STRING }],
]);
const FAILURE_TYPE: Type = { is: 'object', fields: FAILURE_FIELDS };
