import { base64url, canonical, fromBase64url, utf8 } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { PeerAddress, Signer } from '../../contract/ports.ts';
import { id, listOf, shape, text } from '../../contract/schema.ts';
import type { JsonObject, NodeId, OrganismId } from '../../contract/words.ts';
import { invitationClaim } from '../../organs/consensus/index.ts';
import { flawOf } from './schema-check.ts';

/** Makes and opens private keys: real P-256 keys, or the twins of a simulation. */
export interface Keyring {
  make(): { readonly secret: string; readonly signer: Signer };
  /** @throws Fault malformed where the secret is none */
  open(secret: string): Signer;
}

/** What an invitation token says: a one-off private key, whose organism it opens, and whom to ask. */
export interface Invite {
  readonly v: 1;
  readonly organism: OrganismId;
  /** PKCS #8, DER, base64url. */
  readonly key: string;
  readonly contacts: readonly PeerAddress[];
}

const schema: JsonObject = shape({
  v: { const: 1 },
  organism: id,
  key: text(1_024),
  contacts: listOf(shape({ node: id, url: text(512) }), 16),
});

export function encodeInvite(invite: Invite): string {
  return base64url(utf8(canonical(invite)));
}

/** @throws Fault refused for anything that is not a token, saying what is wrong with it */
export function decodeInvite(token: string): Invite {
  if (token.length > LIMITS.invitationTokenMax)
    throw new Fault('refused', `an invitation token has at most ${LIMITS.invitationTokenMax} characters`);
  const bytes = fromBase64url(token.trim());
  const json = bytes === undefined ? undefined : parsed(new TextDecoder().decode(bytes));
  const flaw = json === undefined ? 'it is not base64url of JSON' : flawOf(schema, json);
  if (flaw !== undefined) throw new Fault('refused', `the invitation token is damaged: ${flaw}`);
  return json as unknown as Invite;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the newcomer shows: the invitation's key never travels. */
export function claimInvite(
  invite: Invite,
  node: NodeId,
  keyring: Keyring,
): { readonly id: string; readonly signature: string } {
  const signer = keyring.open(invite.key);
  return { id: signer.node, signature: signer.sign('invitation', invitationClaim(invite.organism, node)) };
}
