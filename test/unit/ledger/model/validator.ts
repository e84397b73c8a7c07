import { type Choice, NOTHING_PROMISED, type Promises, type Shown } from '../../../../src/organs/ledger/rules.ts';
import type { BodyPlan, Protocol, Scenario, SlotPlan } from './protocol.ts';

/** An honest validator: what it has promised in each slot, and all that it ever said, which stays said. */
export interface Validator {
  readonly promises: Readonly<Record<string, Promises>>;
  /** Names of statements, ascending. */
  readonly said: readonly string[];
}

/** What a report of a slot holds; of the committee's own slot, what is handed over of the other one too. */
export interface ReportPlan extends Shown {
  readonly open: Choice | null;
}

export function startOf(scenario: Scenario): Validator {
  return { promises: Object.fromEntries(scenario.slots.map(({ name }) => [name, NOTHING_PROMISED])), said: [] };
}

/** Something that a validator may be shown: a ballot's proposal with its reports, or a certificate. */
export interface Offer {
  readonly kind: 'proposal' | 'certificate';
  readonly slot: string;
  readonly choice: Choice;
}

/** Every state that this validator can step to by itself, whatever the others do. */
export function* stepsAlone(validator: Validator, scenario: Scenario, protocol: Protocol): Generator<Validator> {
  for (const body of scenario.bodies) {
    if (!isClosed(validator, scenario, protocol)) yield* votes(validator, body, protocol);
  }
  for (const slot of scenario.slots) {
    if (slot.handover || !isClosed(validator, scenario, protocol)) yield* joins(validator, slot, scenario, protocol);
    if (protocol.forgets.length > 0) yield forgotten(validator, slot, protocol);
  }
}

/** What becomes of this validator when it is shown the offer; undefined where that changes nothing. */
export function stepOn(
  validator: Validator,
  { kind, slot: name, choice }: Offer,
  scenario: Scenario,
  protocol: Protocol,
): Validator | undefined {
  const slot = scenario.slots.find((one) => one.name === name) as SlotPlan;
  if (!slot.handover && isClosed(validator, scenario, protocol)) return undefined;
  return kind === 'proposal' ? prepared(validator, slot, protocol, choice) : shown(validator, slot, protocol, choice);
}

/** True for a validator that has handed its slots over. */
function isClosed(validator: Validator, scenario: Scenario, protocol: Protocol): boolean {
  const handover = scenario.slots.find((slot) => slot.handover);
  return handover !== undefined && protocol.closes && promisesOf(validator, handover.name).joined > 0;
}

export const voteOf = (body: string): string => `vote:${body}`;
export const prepareOf = (slot: string, { ballot, value }: Choice): string => `prepare:${slot}:${ballot}:${value}`;
export const acknowledgementOf = (slot: string, { ballot, value }: Choice): string => `ack:${slot}:${ballot}:${value}`;
export const reportOf = (slot: string, ballot: number, report: ReportPlan): string =>
  `report:${slot}:${ballot}:${JSON.stringify(report)}`;

function* votes(validator: Validator, body: BodyPlan, { rules, binds }: Protocol): Generator<Validator> {
  const legs = binds === 'legs' ? body.legs : body.legs.slice(0, 1);
  const slots = legs.map((leg) => promisesOf(validator, leg));
  if (!rules.mayVote(slots, body.name)) return;
  const bound = Object.fromEntries(legs.map((leg, at) => [leg, { ...(slots[at] as Promises), vote: body.name }]));
  yield says(validator, voteOf(body.name), bound);
}

function* joins(validator: Validator, slot: SlotPlan, scenario: Scenario, { rules }: Protocol): Generator<Validator> {
  const promises = promisesOf(validator, slot.name);
  for (let ballot = 1; ballot <= slot.ballots; ballot++) {
    if (!rules.mayJoin(promises, ballot)) continue;
    const other = slot.handover ? scenario.slots.find(({ handover }) => !handover) : undefined;
    const open = other === undefined ? null : rules.show(promisesOf(validator, other.name)).certificate;
    const report = { ...rules.show(promises), open };
    yield says(validator, reportOf(slot.name, ballot, report), { [slot.name]: { ...promises, joined: ballot } });
  }
}

function prepared(
  validator: Validator,
  { name }: SlotPlan,
  { rules }: Protocol,
  choice: Choice,
): Validator | undefined {
  const promises = promisesOf(validator, name);
  if (!rules.mayPrepare(promises, choice)) return undefined;
  return says(validator, prepareOf(name, choice), { [name]: { ...promises, prepared: choice } });
}

function shown(validator: Validator, slot: SlotPlan, { rules }: Protocol, choice: Choice): Validator | undefined {
  if (slot.lastAcknowledged === false && choice.ballot === slot.ballots) return undefined;
  const promises = promisesOf(validator, slot.name);
  const certificate = rules.higher(promises.certificate, choice);
  if (!rules.mayAcknowledge(promises, choice)) {
    // Shown too late to be acknowledged, it is kept all the same, and told to later ballots.
    return { ...validator, promises: { ...validator.promises, [slot.name]: { ...promises, certificate } } };
  }
  const joined = rules.joinedBy(promises, choice);
  return says(validator, acknowledgementOf(slot.name, choice), { [slot.name]: { ...promises, certificate, joined } });
}

function forgotten(validator: Validator, slot: SlotPlan, { forgets }: Protocol): Validator {
  const promises: Promises = { ...promisesOf(validator, slot.name) };
  const lost = Object.fromEntries(forgets.map((field) => [field, NOTHING_PROMISED[field]]));
  return { ...validator, promises: { ...validator.promises, [slot.name]: { ...promises, ...lost } } };
}

function says(validator: Validator, statement: string, promises: Readonly<Record<string, Promises>>): Validator {
  const said = validator.said.includes(statement) ? validator.said : [...validator.said, statement].sort();
  return { promises: { ...validator.promises, ...promises }, said };
}

function promisesOf(validator: Validator, slot: string): Promises {
  return validator.promises[slot] as Promises;
}
