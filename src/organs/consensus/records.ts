import { canonical, fromBase64url, nodeIdOf, organismIdOf, sha256Hex, utf8 } from '../../contract/encoding.ts';
import type { Entry, Founding, LogRecord, Promotion } from '../../contract/entries.ts';
import type { Store } from '../../contract/ports.ts';
import { promotionClaim } from '../../contract/warrants.ts';
import type { SignatureDomain } from '../../contract/wire.ts';
import type { Fence, NodeId, OrganismId, Proof, View } from '../../contract/words.ts';

/** Log keys sort by index. */
export function logKey(index: number): string {
  return String(index).padStart(12, '0');
}

export type ReadableStore = Pick<Store, 'get' | 'range'>;

/** Checks a signature; a pure function of its arguments, handed in because keys are a port. */
export type Verify = (domain: SignatureDomain, bytes: Uint8Array, signature: string, spki: string) => boolean;

/** The hash before the first record. */
export const ROOT_HASH = '0'.repeat(64);

export function hashRecord(previous: string, record: Omit<LogRecord, 'hash'>): string {
  return sha256Hex(`${previous}\n${canonical(record)}`);
}

export function nextRecord(
  view: Pick<View, keyof Fence | 'hash'> | null,
  entry: Entry,
  epoch: number,
  at: number,
): LogRecord {
  const record = { generation: view?.generation ?? 1, epoch, index: (view?.version ?? 0) + 1, at, entry };
  return { ...record, hash: hashRecord(view?.hash ?? ROOT_HASH, record) };
}

/** True where the records follow `after` without a gap and each hash is the chain's. */
export function isChain(after: { version: number; hash: string }, records: readonly LogRecord[]): boolean {
  let { version, hash } = after;
  for (const { hash: claimed, ...record } of records) {
    version += 1;
    hash = hashRecord(hash, record);
    if (record.index !== version || claimed !== hash) return false;
  }
  return true;
}

/** The first of the records that fit into one message beside others. At least one, so that whoever asks gets on. */
export function fitting(records: readonly LogRecord[], bytesMax: number): LogRecord[] {
  const fits: LogRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    bytes += Buffer.byteLength(JSON.stringify(record));
    if (fits.length > 0 && bytes > bytesMax) break;
    fits.push(record);
  }
  return fits;
}

/** What a voter signs when it vouches for a view. */
export function proofClaim(claim: Fence & { organism: OrganismId; hash: string }): Uint8Array {
  const { organism, generation, epoch, version, hash } = claim;
  return utf8(canonical({ organism, generation, epoch, version, hash }));
}

/** Who vouches for a view: the voters of it, and while they change those of before as well. */
export type Electors = Pick<View, 'voters' | 'leaving'>;

/** The lists of which each must have a majority. */
export function listsOf({ voters, leaving = [] }: Electors): readonly (readonly NodeId[])[] {
  return leaving.length === 0 ? [voters] : [voters, leaving];
}

/** True where each list has a majority among the nodes; nobody is never a majority. */
export function isQuorum(lists: readonly (readonly NodeId[])[], has: (node: NodeId) => boolean): boolean {
  return lists.length > 0 && lists.every((list) => list.filter(has).length > list.length / 2);
}

/** True where a majority of each list signed; `spkiOf` knows the keys of the roster. */
export function isProven(
  proof: Proof,
  lists: readonly (readonly NodeId[])[],
  spkiOf: (node: NodeId) => string | undefined,
  verify: Verify,
): boolean {
  const claim = proofClaim(proof);
  const signers = new Set<NodeId>();
  for (const { node, signature } of proof.signatures) {
    const spki = spkiOf(node);
    if (spki === undefined || signers.has(node) || !lists.some((list) => list.includes(node))) continue;
    if (!verify('view', claim, signature, spki)) continue;
    signers.add(node);
    // A check costs more than all the rest: who has been convinced looks no further.
    if (isQuorum(lists, (voter) => signers.has(voter))) return true;
  }
  return false;
}

/** What the organism's key signs at the founding. */
export function charterClaim(founding: Omit<Founding, 'charter'>): Uint8Array {
  return utf8(canonical(founding));
}

/** True where the organism's id, the charter and the founder's key belong together. */
export function isCharter(organism: OrganismId, founding: Founding, verify: Verify): boolean {
  const { charter, ...claim } = founding;
  const spki = fromBase64url(founding.founder.spki);
  return (
    organismIdOf(founding.operator, founding.nonce) === organism &&
    spki !== undefined &&
    nodeIdOf(spki) === founding.founder.node &&
    verify('organism-key', charterClaim(claim), charter, founding.operator)
  );
}

export function isWarranted(organism: OrganismId, promotion: Promotion, operator: string, verify: Verify): boolean {
  return verify('organism-key', promotionClaim(organism, promotion), promotion.warrant, operator);
}

/** The organism's key, by the first entry of the log; undefined where there is no log yet. */
export function operatorOf(store: ReadableStore): string | undefined {
  const first = store.get('log', logKey(1)) as unknown as LogRecord | undefined;
  return first?.entry.type === 'FOUND' ? first.entry.operator : undefined;
}

/** The claim of an invited newcomer, signed with the invitation's key. */
export function invitationClaim(organism: OrganismId, node: NodeId): Uint8Array {
  return utf8(`${organism}\n${node}`);
}
