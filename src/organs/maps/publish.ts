import { base32, canonical } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import type { CallOptions, FileInfo, PutReceipt, Register } from '../../contract/services.ts';
import type { FileId } from '../../contract/words.ts';
import type { MapContext } from './context.ts';
import { type Head, headHash, infoOf, openHead, readHead, signHead } from './head.ts';
import { assertName } from './name.ts';
import { type Entry, headKey, lookUp, lookUpName, nameKey, untilSet } from './registry.ts';
import type { Uploaded } from './upload.ts';

/** 256 bits: nobody meets another's id. */
const ID_BYTES = 32;

export interface Publication {
  /** Absent for a file that is found by its id alone. */
  readonly name: string | undefined;
  readonly ifAbsent: boolean;
}

/**
 * Gives uploaded content its name: the head and the name change in one SET or not at all. Of two puts under one name that
 * end at the same time, one becomes the version after the other.
 *
 * @throws Fault `already-exists`, `no-authority`, `conflict`
 */
export async function publish(
  context: MapContext,
  uploaded: Uploaded,
  publication: Publication,
  options: CallOptions,
): Promise<PutReceipt> {
  const { registers, ports } = context;
  const freshId = base32(ports.entropy.bytes(ID_BYTES));
  const name = publication.name ?? freshId;
  const attempts: Head[] = [];
  return untilSet(
    context,
    async (freshness) => {
      const seen = await lookUpName(context, name, freshness, options);
      const done = attempts.find((head) => holds(seen, head));
      if (done !== undefined) return receiptOf(done);
      if (publication.ifAbsent && seen.name !== undefined) throw new Fault('already-exists');
      const id = seen.id ?? freshId;
      const head = successor(context, uploaded, { id, name, before: seen.head });
      attempts.push(head);
      const writes = [
        { key: headKey(id), expected: seen.head?.version ?? 0, value: head },
        { key: nameKey(name), expected: seen.name?.version ?? 0, value: { id } },
      ];
      await registers.set(writes, options);
      return receiptOf(head);
    },
    options,
  );
}

/** True where this attempt, whose answer was lost, took place after all. */
function holds(seen: Entry, attempt: Head): boolean {
  return seen.head !== undefined && canonical(seen.head.value) === canonical(attempt);
}

function receiptOf(head: Head): PutReceipt {
  return { ...infoOf(head), created: head.version === 1 };
}

function successor(
  { ports, coding, shardBytes }: MapContext,
  uploaded: Uploaded,
  { id, name, before }: { id: FileId; name: string; before: Register | undefined },
): Head {
  const draft = {
    id,
    name,
    version: versionAfter(before),
    previous: before === undefined ? null : headHash(before.value),
    shardBytes,
    coding,
    seal: 'none' as const,
    storedAt: new Date(ports.clock.now()).toISOString(),
    ...uploaded,
  };
  return signHead(draft, ports.signer);
}

/** A head that can't be read any more is replaced like every other one. */
function versionAfter(before: Register | undefined): number {
  return before === undefined ? 1 : (readHead(before.value)?.version ?? 1) + 1;
}

/**
 * Takes a file's name and head away in one SET. Its shards stay: other files may have the same.
 *
 * @throws Fault `not-found`, `no-authority`, `conflict`, `corrupt`
 */
export async function unpublish(context: MapContext, idOrName: string, options: CallOptions): Promise<FileInfo> {
  const { registers, ports } = context;
  let removed: FileInfo | undefined;
  return untilSet(
    context,
    async (freshness) => {
      const { id, head } = await lookUp(context, idOrName, freshness, options);
      if (id === undefined || head === undefined) {
        // Gone after an attempt whose answer was lost: it was this one, or another that wanted the same.
        if (removed !== undefined) return removed;
        throw new Fault('not-found', 'there is no such file');
      }
      const opened = openHead(head.value, id, ports.signer);
      const name = await registers.read(nameKey(opened.name), 'any', options);
      const writes = [{ key: headKey(id), expected: head.version, value: null }];
      if (name !== undefined) writes.push({ key: nameKey(opened.name), expected: name.version, value: null });
      removed = infoOf(opened);
      await registers.set(writes, options);
      return removed;
    },
    options,
  );
}

/** Before anything is uploaded. @throws Fault `bad-name`, `already-exists` */
export async function assertMayPut(
  context: MapContext,
  { name, ifAbsent }: Publication,
  options: CallOptions,
): Promise<void> {
  if (name === undefined) return;
  assertName(name);
  if (!ifAbsent) return;
  const seen = await lookUpName(context, name, 'best', options);
  if (seen.name !== undefined) throw new Fault('already-exists');
}
