import { LIMITS } from '../../contract/limits.ts';
import { isSoundDefinition } from './asset.ts';
import { COMMITTEE_LINE, compareLines, isShellId } from './names.ts';
import { type Outcome, type ShellLeg, type Signed, shellLegsOf, signersOf } from './order.ts';
import {
  amount,
  type Check,
  committeeNumber,
  either,
  exactly,
  hash,
  id,
  key,
  listOf,
  matching,
  nothing,
  seat,
  sequence,
  shape,
  tuple,
  whole,
  words,
} from './shape.ts';

const shell: Check = isShellId;
const entryId = matching(/^[A-Za-z0-9._:-]{1,64}$/);
const expiry = either(nothing, whole(0));
const holders = (min: number): Check => listOf(id, min, LIMITS.ledgerHoldersMax);

const definition = shape({
  v: exactly(1),
  ledger: id,
  name: words(1, 32),
  scale: whole(0, 18),
  issuers: listOf(shape({ holder: id, cap: amount }), 1, LIMITS.ledgerIssuersMax),
});

const base = { id: entryId, amount, 'memo?': words(0, LIMITS.ledgerMemoMax) };
const payment = shape({ ...base, kind: exactly('payment'), to: shell });
const hold = shape({
  ...base,
  kind: exactly('hold'),
  to: shell,
  expiresAt: expiry,
  post: holders(0),
  void: holders(0),
});
const offer = shape({
  ...base,
  kind: exactly('offer'),
  price: shape({ to: shell, amount }),
  takers: either(nothing, holders(1)),
  expiresAt: expiry,
  void: holders(0),
});
const entries = (...kinds: readonly Check[]): Check => listOf(either(...kinds), 1, LIMITS.ledgerEntriesMax);

const shellPlace = { line: shell, sequence, previous: hash, owner: key, 'definition?': definition };
const pendingPlace = { line: id, sequence, previous: hash };
const transferLeg = shape({ ...shellPlace, entries: entries(payment, hold, offer) });
const tradeLeg = shape({ ...shellPlace, entries: entries(payment) });
const takerLeg = shape({ ...shellPlace, entries: listOf(payment, 1, 1) });
const takeLeg = shape({ ...pendingPlace, to: shell });
const postLeg = shape({ ...pendingPlace, action: exactly('post'), amount, by: key });
const voidLeg = shape({ ...pendingPlace, action: exactly('void'), by: key });
const expireLeg = shape({ ...pendingPlace, action: exactly('expire'), by: nothing });
const voidedPlace = shape({ line: either(shell, id), sequence, previous: hash });

const body = (kind: string, legs: Check): Check =>
  shape({ v: exactly(1), kind: exactly(kind), ledger: id, committee: committeeNumber, legs });

const BODIES: { readonly [K in Exclude<Outcome['kind'], 'change'>]: Check } = {
  transfer: body('transfer', tuple(transferLeg)),
  trade: body('trade', tuple(tradeLeg, tradeLeg)),
  take: body('take', tuple(takeLeg, takerLeg)),
  resolve: body('resolve', tuple(either(postLeg, voidLeg, expireLeg))),
  void: body('void', tuple(voidedPlace)),
};

const handed = shape({ line: either(shell, id), sequence, value: hash });
const change = shape({
  v: exactly(1),
  kind: exactly('change'),
  ledger: id,
  committee: committeeNumber,
  legs: tuple(shape({ line: exactly(COMMITTEE_LINE), sequence, previous: hash })),
  drop: listOf(seat, 1, LIMITS.ledgerSeatsMax),
  next: listOf(key, 4, LIMITS.ledgerSeatsMax),
  settled: listOf(handed, 0, LIMITS.ledgerHandoverLinesMax),
  root: hash,
});

const signed = shape({ body: either(...Object.values(BODIES), change), signatures: listOf(key, 0, 2) });

/**
 * What came from outside as an order with its signatures, or as the void of a slot; undefined where it is not exactly
 * that. Its signatures are for others to check.
 *
 * @example readSigned(JSON.parse(text))?.body.kind // 'transfer'
 */
export function readSigned(value: unknown): Signed | undefined {
  if (!signed(value)) return undefined;
  const read = value as Signed;
  return isSound(read.body) && read.signatures.length === signersOf(read.body).length ? read : undefined;
}

/** What no shape can say: the home slot comes first, no line twice, sound definitions, and no id twice in a leg. */
function isSound(body: Outcome): boolean {
  const [first, second] = body.legs;
  const isOrdered = second === undefined || compareLines(first.line, second.line) < 0;
  return isOrdered && shellLegsOf(body).every(isSoundLeg);
}

function isSoundLeg({ entries, definition }: ShellLeg): boolean {
  const isDefined = definition === undefined || isSoundDefinition(definition);
  return isDefined && new Set(entries.map((entry) => entry.id)).size === entries.length;
}
