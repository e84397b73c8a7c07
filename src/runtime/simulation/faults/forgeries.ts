import type { Entry } from '../../../contract/entries.ts';
import type { Signer } from '../../../contract/ports.ts';
import type { JsonObject, NodeId, View } from '../../../contract/words.ts';
import { nextRecord, proofClaim } from '../../../organs/consensus/records.ts';

/**
 * One more record after a view, with a proof that shows these names, each with a signature of the forger: a well-made
 * append in everything but that nobody who counts has signed it.
 */
export function forgedAppend(view: View, entry: Entry, names: readonly NodeId[], forger: Signer): JsonObject {
  const record = nextRecord(view, entry, view.epoch, Date.UTC(2025, 0, 1));
  const { generation, epoch, index: version, hash } = record;
  const claim = { organism: view.organism, generation, epoch, version, hash };
  const signature = forger.sign('view', proofClaim(claim));
  const proof = { ...claim, signatures: names.map((node) => ({ node, signature })) };
  return { records: [record], proof } as unknown as JsonObject;
}
