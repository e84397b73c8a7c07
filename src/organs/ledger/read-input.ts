import { LIMITS } from '../../contract/limits.ts';
import { PATH_MAX } from './batch.ts';
import type { SignedGenesis } from './committee.ts';
import { COMMITTEE_LINE, isShellId } from './names.ts';
import type { SettlementProof } from './proof.ts';
import { readSigned } from './read-order.ts';
import {
  ballot,
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
import type { LedgerInput } from './validator.ts';

/**
 * What may reach a validator from outside: exactly these shapes. Signatures, hashes and what they belong to are checked
 * where they are used; here a value is only kept from being something else than it says.
 */

const shell: Check = isShellId;
const line: Check = either(shell, id, exactly(COMMITTEE_LINE));
const signed: Check = (value) => readSigned(value) !== undefined;
const orNull = (check: Check): Check => either(nothing, check);
const seats = (check: Check, min: number): Check => listOf(check, min, LIMITS.ledgerSeatsMax);
const handed = (check: Check): Check => listOf(check, 0, LIMITS.ledgerHandoverLinesMax);

const stamp = shape({ seat, path: listOf(matching(/^[lr][0-9a-f]{64}$/), 0, PATH_MAX), signature: key });
const choice = { ballot, value: hash };
const slot = { line, sequence };
const drop = seats(seat, 1);

const quorum = (of: 'vote' | 'ack'): Check =>
  shape({ of: exactly(of), committee: committeeNumber, ...slot, ...choice, stamps: seats(stamp, 1) });
const certificate = quorum('vote');
const evidence = either(
  shape({ by: exactly('settlement'), settlement: quorum('ack') }),
  shape({ by: exactly('change'), committee: committeeNumber }),
);
const decided = { signed, evidence };

const said = (statement: Check): Check => shape({ statement, stamp });
const statement = (kind: string, more: { readonly [name: string]: Check }): Check =>
  shape({ kind: exactly(kind), ...slot, ballot, ...more });
const wish = said(shape({ kind: exactly('wish'), drop }));
const report = statement('report', { vote: orNull(hash), certificate: orNull(shape(choice)) });
const handover = statement('handover', {
  certificate: orNull(shape(choice)),
  frontier: hash,
  open: handed(shape({ ...slot, ...choice })),
});

const claim = shape({
  v: exactly(1),
  kind: exactly('unlock'),
  ledger: id,
  committee: committeeNumber,
  line: either(shell, id),
  sequence,
  previous: hash,
  key,
});
const unlock = either(
  shape({ by: exactly('party'), claim, signature: key }),
  shape({ by: exactly('trade'), trade: signed }),
);
const request = shape({ drop, wishes: seats(wish, 1) });

const reported = {
  said: said(report),
  unlock,
  signed: orNull(signed),
  certificate: orNull(certificate),
  certified: orNull(signed),
  opening: orNull(shape(decided)),
};
const handing = {
  said: said(handover),
  unlock: request,
  frontier: handed(tuple(line, sequence, hash)),
  certificates: handed(shape({ certificate, signed })),
  certificate: orNull(certificate),
  certified: orNull(signed),
};
/** As a report reaches a validator by itself it says what it is; inside a proposal too. */
const reports = seats(
  either(shape({ kind: exactly('report'), ...reported }), shape({ kind: exactly('handover'), ...handing })),
  1,
);

const INPUTS: { readonly [K in Exclude<LedgerInput['kind'], 'timeout' | 'wish'>]: Check } = {
  order: shape({ kind: exactly('order'), signed }),
  certificate: shape({ kind: exactly('certificate'), certificate, signed }),
  decided: shape({ kind: exactly('decided'), ...decided, 'bodies?': handed(signed) }),
  unlock: shape({ kind: exactly('unlock'), slot: shape(slot), unlock }),
  change: shape({ kind: exactly('change'), request }),
  report: shape({ kind: exactly('report'), ...reported }),
  handover: shape({ kind: exactly('handover'), ...handing }),
  proposal: shape({
    kind: exactly('proposal'),
    said: said(statement('proposal', { value: hash })),
    reports,
    signed,
    homes: seats(shape(decided), 0),
  }),
  vote: shape({ kind: exactly('vote'), said: said(statement('vote', { value: hash })), signed }),
  ack: shape({ kind: exactly('ack'), said: said(statement('ack', { value: hash })), signed }),
  read: shape({ kind: exactly('read'), shell }),
  history: shape({ kind: exactly('history'), shell, sequence: ballot }),
  fetch: shape({ kind: exactly('fetch'), value: hash }),
};

const genesis = shape({
  body: shape({
    v: exactly(1),
    kind: exactly('genesis'),
    organism: id,
    operator: key,
    nonce: words(1, 128),
    tree: id,
    f: whole(1, (LIMITS.ledgerSeatsMax - 1) / 3),
    keys: seats(key, 4),
    spares: listOf(key, 0, LIMITS.ledgerSparesMax),
  }),
  signature: key,
});
const proof = shape({
  v: exactly(1),
  kind: exactly('settlement-proof'),
  genesis,
  changes: listOf(shape(decided), 0, LIMITS.ledgerSparesMax),
  signed,
  evidence,
});

/** A proof from a file, undefined where it is not exactly one; whether it holds is for `flawOf` to say. */
export function readProof(value: unknown): SettlementProof | undefined {
  return proof(value) ? (value as SettlementProof) : undefined;
}

export function readGenesis(value: unknown): SignedGenesis | undefined {
  return genesis(value) ? (value as SignedGenesis) : undefined;
}

/**
 * What came from outside as an input, undefined where it is not exactly one. Timeouts and wishes come from inside only.
 *
 * @example readInput(JSON.parse(text))?.kind // 'order'
 */
export function readInput(value: unknown): LedgerInput | undefined {
  const kind = (value as { readonly kind?: unknown } | null)?.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(INPUTS, kind)) return undefined;
  return INPUTS[kind as keyof typeof INPUTS](value) ? (value as LedgerInput) : undefined;
}
