import type { Choice } from '../../../../src/organs/ledger/rules.ts';
import { type BodyPlan, decidedIn, NOTHING, type Protocol, type Scenario, type SlotPlan, VOID } from './protocol.ts';
import { acknowledgementOf, type Offer, prepareOf, type ReportPlan, voteOf } from './validator.ts';

/** f = 1: one validator of four says whatever suits it, so it adds to every count but never makes one by itself. */
const F = 1;

/** What anybody may be shown, by slot: all that the network can deliver, in any order, any number of times. */
export interface Open {
  readonly offers: readonly Offer[];
  /** What is settled, in which ballot; a trade's other slot lists it too. */
  readonly settled: Readonly<Record<string, readonly string[]>>;
  readonly violations: readonly string[];
}

type ChoicesBySlot = Readonly<Record<string, readonly Choice[]>>;

/** How often each statement was made by honest validators: `counts.get(statement)`, 0 where it is missing. */
export type Counts = ReadonlyMap<string, number>;

/** What ballots may decide, by all that it depends on: many worlds share it, and it is most of the work. */
export type Memo = Map<string, readonly string[]>;

export function worldOf(scenario: Scenario, protocol: Protocol, counts: Counts, memo: Memo): Open {
  const quorum = protocol.rules.quorumOf(F);
  const reached = (statement: string): boolean => (counts.get(statement) ?? 0) >= quorum - F;
  const certified = bySlot(scenario, (slot) => certificatesOf(slot, scenario, protocol, reached));
  const settledHere = bySlot(scenario, (slot) => settlementsOf(slot, certified[slot.name] ?? [], protocol, counts));
  const settled = bySlot(scenario, (slot) => outcomesOf(slot, scenario, settledHere));
  const home = protocol.follows === 'settlement' ? settledHere : bySlot(scenario, (slot) => values(certified, slot));
  const justified = bySlot(scenario, (slot) =>
    justificationsOf(slot, { scenario, protocol, counts, certified, home, quorum }, memo),
  );
  const paid =
    protocol.pays === 'settlement'
      ? settled
      : bySlot(scenario, (slot) =>
          outcomesOf(
            slot,
            scenario,
            bySlot(scenario, (one) => values(certified, one)),
          ),
        );
  const offers = [...offersOf('certificate', certified), ...offersOf('proposal', justified)];
  return { offers, settled, violations: violationsOf(scenario, certified, settled, paid) };
}

function offersOf(kind: Offer['kind'], choices: ChoicesBySlot): Offer[] {
  return Object.entries(choices).flatMap(([slot, list]) => list.map((choice) => ({ kind, slot, choice })));
}

function certificatesOf(
  slot: SlotPlan,
  scenario: Scenario,
  protocol: Protocol,
  reached: (statement: string) => boolean,
): Choice[] {
  const voted = scenario.bodies
    .filter((body) => decidedIn(protocol, body).includes(slot.name) && reached(voteOf(body.name)))
    .map(({ name }) => ({ ballot: 0, value: name }));
  const prepared = ballotsOf(slot).flatMap((ballot) =>
    valuesOf(slot, scenario, protocol)
      .map((value) => ({ ballot, value }))
      .filter((choice) => reached(prepareOf(slot.name, choice))),
  );
  return [...voted, ...prepared];
}

function settlementsOf(slot: SlotPlan, certified: readonly Choice[], protocol: Protocol, counts: Counts): string[] {
  const needed = protocol.rules.quorumOf(F) - F;
  const said = (choice: Choice): number => counts.get(acknowledgementOf(slot.name, choice)) ?? 0;
  const settled = certified.filter((choice) => {
    if (slot.lastAcknowledged === false && choice.ballot === slot.ballots) return true;
    if (protocol.settles === 'ballot') return said(choice) >= needed;
    const all = certified.filter(({ value }) => value === choice.value);
    return all.reduce((sum, one) => sum + said(one), 0) >= needed;
  });
  return [...new Set(settled.map(({ value }) => value))];
}

/** What is settled in the slot itself, and trades that are settled elsewhere and have a leg here. */
function outcomesOf(slot: SlotPlan, scenario: Scenario, here: Readonly<Record<string, readonly string[]>>): string[] {
  const trades = scenario.bodies
    .filter(({ legs }) => legs.includes(slot.name))
    .filter(({ name }) => Object.values(here).some((settled) => settled.includes(name)));
  return [...new Set([...(here[slot.name] ?? []), ...trades.map(({ name }) => name)])];
}

interface Known {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly counts: Counts;
  readonly certified: ChoicesBySlot;
  readonly home: Readonly<Record<string, readonly string[]>>;
  readonly quorum: number;
}

/** Every value that some quorum of reports lets a ballot decide, whoever leads it. */
function justificationsOf(slot: SlotPlan, known: Known, memo: Memo): Choice[] {
  return ballotsOf(slot).flatMap((ballot) => {
    const reports = reportsOf(slot, ballot, known.counts);
    if (reports.reduce((sum, { count }) => sum + count, 0) < known.quorum - F) return [];
    const key = JSON.stringify([slot.name, ballot, reports, known.certified, known.home]);
    const justified = memo.get(key) ?? valuesJustified(slot, ballot, reports, known);
    memo.set(key, justified);
    return justified.map((value) => ({ ballot, value }));
  });
}

function valuesJustified(slot: SlotPlan, ballot: number, reports: readonly Reported[], known: Known): string[] {
  const justified = new Set<string>();
  for (const honest of quorumsOf(reports, known.quorum - F)) {
    for (const lie of liesOf(slot, ballot, known)) {
      for (const value of decisions(slot, [...honest, lie], known)) justified.add(value);
    }
  }
  return [...justified];
}

function decisions(slot: SlotPlan, reports: readonly ReportPlan[], known: Known): string[] {
  const { scenario, protocol, home } = known;
  const { rules } = protocol;
  const bodies = new Map(scenario.bodies.map((body) => [body.name, body]));
  const homesOf = (trade: string): readonly string[] => decidedIn(protocol, bodies.get(trade) as BodyPlan);
  // Where (in a mutant) a home has two outcomes, each is what somebody may know of it.
  const outcomes = new Set(scenario.bodies.flatMap((body) => home[homesOf(body.name)[0] ?? ''] ?? []));
  const knowledge = [undefined, ...outcomes];
  return knowledge.flatMap((outcome) => {
    const verdict = rules.verdictOf(reports, {
      isElsewhere: (value) => bodies.has(value) && !homesOf(value).includes(slot.name),
      settledAtHome: (trade) => (home[homesOf(trade)[0] ?? '']?.includes(outcome ?? '') ? outcome : undefined),
    });
    if (verdict.verdict === 'keep') return [verdict.value];
    if (verdict.verdict !== 'free') return [];
    if (slot.handover) return [rules.handedOver(reports.map(({ open }) => ({ certificate: open }))) ?? NOTHING];
    return [VOID, ...(slot.choosable ?? [])];
  });
}

/** Reports of honest validators that joined the ballot, with how many made each. */
function reportsOf(slot: SlotPlan, ballot: number, counts: Counts): Reported[] {
  const prefix = `report:${slot.name}:${ballot}:`;
  return [...counts]
    .filter(([statement]) => statement.startsWith(prefix))
    .map(([statement, count]) => ({ report: JSON.parse(statement.slice(prefix.length)) as ReportPlan, count }));
}

interface Reported {
  readonly report: ReportPlan;
  readonly count: number;
}

/** Every choice of `size` of the reports. */
function* quorumsOf(reports: readonly Reported[], size: number): Generator<ReportPlan[]> {
  if (size === 0) return yield [];
  for (const [at, { report, count }] of reports.entries()) {
    const rest = [...(count > 1 ? [{ report, count: count - 1 }] : []), ...reports.slice(at + 1)];
    for (const others of quorumsOf(rest, size - 1)) yield [report, ...others];
  }
}

/** What the fourth validator may report: any certificate that exists, or none, and a vote for anything or nothing. */
function liesOf(slot: SlotPlan, ballot: number, { scenario, certified }: Known): ReportPlan[] {
  const certificates = [null, ...(certified[slot.name] ?? []).filter((choice) => choice.ballot < ballot)];
  const votes = [null, ...scenario.bodies.filter(({ legs }) => legs.includes(slot.name)).map(({ name }) => name)];
  const other = scenario.slots.find(({ handover }) => !handover);
  const opens = slot.handover && other !== undefined ? [null, ...(certified[other.name] ?? [])] : [null];
  return certificates.flatMap((certificate) =>
    votes.flatMap((vote) => opens.map((open) => ({ vote, certificate, open }))),
  );
}

function violationsOf(
  scenario: Scenario,
  certified: ChoicesBySlot,
  settled: Open['settled'],
  paid: Open['settled'],
): string[] {
  const found: string[] = [];
  for (const { name } of scenario.slots) {
    const ballots = (certified[name] ?? []).map(({ ballot }) => ballot);
    if (new Set(ballots).size < ballots.length) found.push(`two certificates in one ballot of ${name}`);
    if ((settled[name] ?? []).length > 1)
      found.push(`two settled outcomes of ${name}: ${settled[name]?.join(' and ')}`);
    const outcomes = new Set([...(settled[name] ?? []), ...(paid[name] ?? [])]);
    if (outcomes.size > 1) found.push(`paid and settled differ in ${name}: ${[...outcomes].join(' and ')}`);
  }
  const handover = scenario.slots.find((slot) => slot.handover);
  const other = scenario.slots.find((slot) => !slot.handover);
  const kept = handover && settled[handover.name]?.[0];
  const lost = kept === undefined ? undefined : settled[other?.name ?? '']?.find((value) => value !== kept);
  return lost === undefined ? found : [...found, `${lost} was settled, and the next committee is handed ${kept}`];
}

function valuesOf(slot: SlotPlan, scenario: Scenario, protocol: Protocol): string[] {
  if (slot.handover) return [NOTHING, VOID, ...scenario.bodies.map(({ name }) => name)];
  const decided = scenario.bodies.filter((body) => decidedIn(protocol, body).includes(slot.name));
  return [...new Set([VOID, ...decided.map(({ name }) => name), ...(slot.choosable ?? [])])];
}

function ballotsOf({ ballots }: SlotPlan): number[] {
  return Array.from({ length: ballots }, (_, index) => index + 1);
}

function values(certified: ChoicesBySlot, { name }: SlotPlan): string[] {
  return [...new Set((certified[name] ?? []).map(({ value }) => value))];
}

function bySlot<T>(scenario: Scenario, of: (slot: SlotPlan) => T): Record<string, T> {
  return Object.fromEntries(scenario.slots.map((slot) => [slot.name, of(slot)]));
}
