import { canonical, sha256Hex, utf8 } from '../../contract/encoding.ts';
import type { Signer } from '../../contract/ports.ts';
import type { AuthoredClaim, Authorship, Message } from '../../contract/wire.ts';
import type { EpochMs, NodeId, OrganismId } from '../../contract/words.ts';

/** What an author's signature covers, for a message of this organism: the body by its hash, the rest by value. */
export function authoredClaim(
  organism: OrganismId,
  message: Message,
  author: Omit<Authorship, 'signature'>,
): AuthoredClaim {
  return {
    kind: message.kind,
    organism,
    tree: message.tree,
    author: author.node,
    incarnation: author.incarnation,
    id: message.id,
    fence: message.fence ?? null,
    expiresAt: author.expiresAt,
    body: sha256Hex(canonical(message.body)),
  };
}

/**
 * The same message with its author's own signature, so that whoever relays it can neither forge nor alter it.
 *
 * @example signAuthored(signer, organism, { id: '7', tree, kind: 'notes.post', body }, { incarnation, expiresAt })
 */
export function signAuthored(
  signer: Signer,
  organism: OrganismId,
  message: Message,
  terms: { readonly incarnation: number; readonly expiresAt: EpochMs },
): Message {
  const author = { node: signer.node, incarnation: terms.incarnation, expiresAt: terms.expiresAt };
  const claim = authoredClaim(organism, message, author);
  return { ...message, author: { ...author, signature: signer.sign('message', utf8(canonical(claim))) } };
}

/** Names a message by what its author signed. The signature is no part of it: it can be altered into another valid one. */
export function authoredHash(organism: OrganismId, message: Message): string {
  const { author } = message;
  if (author === undefined) throw new Error('only a message with an author is named so');
  return sha256Hex(canonical(authoredClaim(organism, message, author)));
}

/** What a receiver makes of a relayed message: only `authentic` may be applied. */
export type Authenticity = 'authentic' | 'unsigned' | 'expired' | 'unknown-author' | 'forged';

/**
 * Whether a relayed message is its author's own. `spkiOf` gives the key of an admitted, unrevoked member; `now` is this
 * node's wall time, epoch milliseconds.
 */
export function verifyAuthored(
  signer: Signer,
  organism: OrganismId,
  message: Message,
  terms: { readonly now: EpochMs; readonly spkiOf: (node: NodeId) => string | undefined },
): Authenticity {
  const { author } = message;
  if (author === undefined) return 'unsigned';
  if (author.expiresAt <= terms.now) return 'expired';
  const spki = terms.spkiOf(author.node);
  if (spki === undefined) return 'unknown-author';
  const claim = utf8(canonical(authoredClaim(organism, message, author)));
  return signer.verify('message', claim, author.signature, spki) ? 'authentic' : 'forged';
}
