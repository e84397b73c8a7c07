import { generate } from 'selfsigned';
import { LIMITS } from '../src/contract/limits.ts';
import type { Message } from '../src/contract/wire.ts';
import { realClock } from '../src/runtime/clock/real.ts';
import { realEntropy } from '../src/runtime/entropy/real.ts';
import { memoryLog } from '../src/runtime/log/memory.ts';
import { Courier } from '../src/runtime/membrane/courier.ts';
import { Gate } from '../src/runtime/membrane/gate.ts';
import { HttpsMembrane } from '../src/runtime/membrane/https.ts';
import { p256Signer } from '../src/runtime/signer/p256.ts';

/**
 * One of the two processes of messages-batched: a membrane with its gate and courier, and nothing behind it. The parent
 * tells each about the other, then tells one to send.
 */

const ORGANISM = 'messages'.padEnd(52, 'a');
const INCARNATION = 1;

/** What the parent says. */
export type Order =
  | { readonly do: 'meet'; readonly peer: { readonly node: string; readonly url: string } }
  | { readonly do: 'send'; readonly to: string; readonly messages: number };

/** What this process answers. */
export type Answered =
  | { readonly said: 'listening'; readonly node: string; readonly url: string }
  | { readonly said: 'sent'; readonly seconds: number; readonly applied: number };

const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', curve: 'P-256' });
const signer = p256Signer(pem.private);
const [clock, log] = [realClock(), memoryLog()];
const urls = new Map<string, string>();
const identity = { signer, clock, log, incarnation: INCARNATION, organism: () => ORGANISM };
const membrane = new HttpsMembrane({ keyPem: pem.private, certPem: pem.cert, log });
const courier = new Courier({ ...identity, membrane, entropy: realEntropy(), addressOf: (node) => urls.get(node) });
const gate = new Gate({
  ...identity,
  standing: (node) => (urls.has(node) ? 'member' : 'unknown'),
  accepts: () => true,
  deliver: async () => ({ ok: true, body: null }),
  shards: { put: async () => undefined, get: async () => undefined },
});

process.on('message', (order: Order) => {
  if (order.do === 'meet') urls.set(order.peer.node, order.peer.url);
  else void send(order.to, order.messages).then(answer, (error: unknown) => process.exit(told(error)));
});
process.once('disconnect', () => process.exit(0));
answer({ said: 'listening', node: signer.node, url: await membrane.listen(gate.handle) });

/** The ordered lane as an outbox uses it: one signed frame under way, filled with as many messages as it takes. */
async function send(to: string, count: number): Promise<Answered> {
  let applied = 0;
  const start = performance.now();
  for (let next = 0; next < count; ) {
    const size = Math.min(LIMITS.frameMessagesMax, count - next);
    const batch = Array.from({ length: size }, (_, index) => message(next + index));
    const results = await courier.deliver(to, batch, { deadlineMs: LIMITS.askDeadlineMs });
    applied += results.filter(({ status }) => status === 'applied').length;
    next += results.length;
  }
  return { said: 'sent', seconds: (performance.now() - start) / 1000, applied };
}

/** About what a cell says to another: 100 bytes of body. */
function message(index: number): Message {
  const body = { at: index, key: `notes/${index}`, text: 'A small message of an ordinary size, as cells exchange it' };
  return { id: `${index}`, tree: null, kind: 'bench.note', body };
}

function answer(said: Answered): void {
  process.send?.(said);
}

function told(error: unknown): number {
  process.stderr.write(`${String(error)}\n`);
  return 1;
}
