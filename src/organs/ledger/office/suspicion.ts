import { LIMITS } from '../../../contract/limits.ts';
import type { Json } from '../../../contract/words.ts';
import { Draft } from '../book.ts';
import { conflictOf, isValidatorFraud, type ValidatorFraud } from '../fraud.ts';
import { digestOf, type Outcome } from '../order.ts';
import { bodyOf } from '../promises.ts';
import { statementOf } from '../quorum.ts';
import { slotKey } from '../records.ts';
import type { Said, Statement } from '../statement.ts';
import type { LedgerInput } from '../validator.ts';
import { committeeIn, type OfficeFacts, type OpenFacts } from './facts.ts';

/**
 * Members that contradict themselves. What they have said of late is remembered by seat and slot; two statements that nobody
 * makes who keeps to the protocol are a proof which anybody can check.
 */
export interface Suspicion {
  readonly heard: OfficeFacts['heard'];
  readonly frauds: readonly ValidatorFraud[];
}

export function suspect(facts: OpenFacts, inputs: readonly LedgerInput[]): Suspicion {
  const said = inputs.flatMap(saidIn);
  if (said.length === 0) return { heard: facts.heard, frauds: [] };
  const committee = committeeIn(facts);
  const draft = new Draft(facts.book);
  const bodies = new Map(inputs.flatMap(bodiesIn).map((body) => [digestOf(body), body] as const));
  const body = (value: string): Outcome | undefined => bodies.get(value) ?? bodyOf(draft, value)?.body;
  const heard = new Map(facts.heard);
  const frauds: ValidatorFraud[] = [];
  for (const one of said) {
    const key = placeOf(committee.number, one);
    const before = heard.get(key) ?? [];
    if (before.some(({ statement }) => isSame(statement, one.statement))) continue;
    for (const other of before) {
      const fraud = fraudOf(committee.number, other, one, body);
      if (fraud !== undefined && isValidatorFraud(fraud, committee, facts.ledger.identity.verify)) frauds.push(fraud);
    }
    heard.delete(key);
    heard.set(key, [...before, one].slice(-PER_SEAT_MAX));
    if (heard.size > LIMITS.ledgerHeardMax) heard.delete(heard.keys().next().value as string);
  }
  return { heard, frauds };
}

/** Of one seat in one slot; an honest one says less. */
const PER_SEAT_MAX = 16;

function placeOf(committee: number, { statement, stamp }: Said): string {
  const slot = statement.kind === 'wish' ? '' : slotKey(statement);
  return `${committee}/${stamp.seat}/${slot}`;
}

function isSame(a: Statement, b: Statement): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function fraudOf(
  committee: number,
  first: Said,
  second: Said,
  body: (value: string) => Outcome | undefined,
): ValidatorFraud | undefined {
  if (conflictOf(first.statement, second.statement, body) === undefined) return undefined;
  const bodies = [first, second].flatMap(({ statement }) => {
    const found = statement.kind === 'vote' ? body(statement.value) : undefined;
    return found === undefined ? [] : [found];
  });
  return { of: 'validator', committee, first, second, bodies };
}

/** Every statement with a stamp that the input shows. */
function saidIn(input: LedgerInput): Said[] {
  switch (input.kind) {
    case 'vote':
    case 'ack':
      return [input.said];
    case 'report':
    case 'handover':
      return [input.said];
    case 'proposal':
      return [input.said, ...input.reports.map(({ said }) => said)];
    case 'certificate':
      return quorumSaid(input.certificate);
    case 'decided':
      return input.evidence.by === 'settlement' ? quorumSaid(input.evidence.settlement) : [];
    default:
      return [];
  }
}

function quorumSaid(quorum: Parameters<typeof statementOf>[1] & QuorumShown): Said[] {
  const statement = statementOf(quorum.of, quorum, quorum);
  return quorum.stamps.map((stamp) => ({ statement, stamp }));
}

type QuorumShown = Extract<LedgerInput, { kind: 'certificate' }>['certificate'] | SettlementShown;
type SettlementShown = Extract<
  Extract<LedgerInput, { kind: 'decided' }>['evidence'],
  { by: 'settlement' }
>['settlement'];

function bodiesIn(input: LedgerInput): Outcome[] {
  return 'signed' in input && input.signed !== null ? [input.signed.body] : [];
}

export const asJson = (fraud: ValidatorFraud): Json => fraud as unknown as Json;
