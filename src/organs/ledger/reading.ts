import { LIMITS } from '../../contract/limits.ts';
import type { Json } from '../../contract/words.ts';
import { type Answer, refused, type Work } from './facts.ts';
import type { Hash, ShellId } from './names.ts';
import type { Signed } from './order.ts';
import { bodyOf, slotRow, touching } from './promises.ts';
import type { Certificate } from './quorum.ts';
import { decidedOf, incomingOf, outcomeOf, type Shell, shellOf } from './records.ts';
import { refusal } from './refusals.ts';

/**
 * What a validator shows of a shell. A transfer that is settled may not have been applied here yet; but 2f + 1 have
 * acknowledged it, and each of them shows its certificate until it is applied.
 */
export type ShellShown = {
  readonly shell: ShellId;
  readonly row: Shell;
  /** Certified outcomes that will change it, at most LIMITS.ledgerReadCertificatesMax. */
  readonly open: readonly { readonly certificate: Certificate; readonly signed: Signed }[];
};

export function takeRead({ committee, draft }: Work, shell: ShellId): Answer {
  const open = touching(draft, shell).flatMap((home) => {
    const { proof, certificate } = slotRow(draft, committee.number, home);
    const signed = certificate === null ? undefined : bodyOf(draft, certificate.value);
    return proof === null || signed === undefined ? [] : [{ certificate: proof, signed }];
  });
  const shown: ShellShown = {
    shell,
    row: shellOf(draft, shell),
    open: open.slice(0, LIMITS.ledgerReadCertificatesMax),
  };
  return { answer: 'shown', body: shown as unknown as Json };
}

/** What a quorum of answers says of a shell. */
export type Reading =
  /** Everything that was settled before the first of these answers is in it. */
  | { readonly reading: 'agreed'; readonly row: Shell }
  /** Somebody has to finish these, or they never will be: bring the certificates to everybody, then read again. */
  | { readonly reading: 'unfinished'; readonly open: ShellShown['open'] }
  /** Validators that have applied different outcomes: bring each what it lacks, then read again. */
  | { readonly reading: 'differs' };

/**
 * Judges what distinct validators have shown of one shell, `needed` of them at least (2f + 1).
 *
 * A transfer settled before the read has 2f + 1 acknowledgements, so among these validators is an honest one that has
 * acknowledged it: it shows the certificate, or has applied it, and then so have all that show the same.
 */
export function judgeReading(shown: readonly ShellShown[], needed: number): Reading {
  if (shown.length < needed) return { reading: 'differs' };
  const open = shown.flatMap((one) => one.open);
  if (open.length > 0) return { reading: 'unfinished', open };
  const rows = new Map(shown.map(({ row }) => [JSON.stringify(sorted(row)), row]));
  const [row, another] = [...rows.values()];
  return row === undefined || another !== undefined ? { reading: 'differs' } : { reading: 'agreed', row };
}

function sorted(row: Shell): readonly (readonly [string, unknown])[] {
  return Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Values of outcomes that changed the shell: of its own slots after `sequence`, and all that came from other lines. */
export function takeHistory({ draft }: Work, shell: ShellId, sequence: number): Answer {
  const own: Hash[] = [];
  for (let at = sequence + 1; at <= shellOf(draft, shell).sequence; at++) {
    const outcome = outcomeOf(draft, { line: shell, sequence: at });
    if (outcome !== undefined) own.push(outcome.value);
  }
  return { answer: 'shown', body: { own, incoming: incomingOf(draft, shell) } };
}

/** A decided outcome by its value, for whoever lacks it. */
export function takeFetch({ draft }: Work, value: Hash): Answer {
  const decided = decidedOf(draft, value);
  return decided === undefined ? refused(refusal('gap')) : { answer: 'decided', ...decided };
}
