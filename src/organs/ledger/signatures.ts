import type { Verify } from './committee.ts';
import { holderOf, holderOfKey } from './names.ts';
import { isOrder, type Order, orderClaim, type Signed, shellLegsOf, signersOf } from './order.ts';
import { type Refusal, refusal } from './refusals.ts';

/** Whether every owner has signed exactly this body, with the key that its shell is named after. */
export function judgeSignatures({ body, signatures }: Signed, verify: Verify): Refusal | undefined {
  if (!isOrder(body)) return undefined;
  const stranger = shellLegsOf(body).findIndex(({ line, owner }) => holderOfKey(owner) !== holderOf(line));
  if (stranger >= 0) return refusal('wrong_owner', { leg: stranger });
  const claim = orderClaim(body);
  const isSigned = signersOf(body).every((key, at) => verify('ledger-order', claim, signatures[at] ?? '', key));
  return isSigned ? undefined : refusal('bad_signature');
}

/**
 * An order with its owners' signatures, in the order of its legs.
 *
 * @example signOrder(body, [(claim) => alice.sign('ledger-order', claim)])
 */
export function signOrder<B extends Order>(body: B, signers: readonly ((claim: Uint8Array) => string)[]): Signed<B> {
  const claim = orderClaim(body);
  return { body, signatures: signers.map((sign) => sign(claim)) };
}
