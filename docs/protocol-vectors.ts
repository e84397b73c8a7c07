import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { base32, canonical, organismIdOf, sha256Hex, treeIdOf, utf8 } from '../src/contract/encoding.ts';
import type { Frame, FrameReply, Message, SignatureDomain } from '../src/contract/wire.ts';
import type { Json, JsonObject } from '../src/contract/words.ts';
import { authoredClaim, signAuthored } from '../src/runtime/membrane/frame.ts';
import { p256Signer } from '../src/runtime/signer/p256.ts';

/**
 * Makes docs/protocol-vectors.json with the real code: `npx tsx docs/protocol-vectors.ts && npm run format`. Signatures
 * are random, so the file changes with every run, and is only to be made again when the protocol has changed. Keys are kept.
 */
const PATH = fileURLToPath(new URL('protocol-vectors.json', import.meta.url));

const CANONICAL: readonly Json[] = [
  { b: 1, a: 'x' },
  { '10': 0, '9': 0, B: 0, a: 0, é: 0, '😀': 0, '\uffee': 0 },
  [0, -1, 1.5, 1e21, 1e-7, 123456789012345680000, 9007199254740991],
  ['', '"', '\\', '/', '\u0000\u001f\b\f\n\r\t', '\u007f\u2028', 'é😀'],
  { nested: [{ deeper: { z: [], y: {} } }, null, true, false] },
];

const DOMAINS: readonly SignatureDomain[] = ['frame', 'reply', 'message', 'view', 'invitation', 'head', 'organism-key'];

function newKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

function vectors(senderPem: string, receiverPem: string): JsonObject {
  const [sender, receiver] = [p256Signer(senderPem), p256Signer(receiverPem)];
  const nonce = 'AAECAwQFBgcICQoLDA0ODw';
  const organism = organismIdOf(sender.spki, nonce);
  const tree = treeIdOf(organism, 'shardTree');
  const plain: Message = { id: '1', tree: null, kind: 'consensus.read', body: null };
  const fence = { generation: 1, epoch: 2, version: 3 };
  const posted: Message = { id: '2', tree, kind: 'notes.post', body: { text: 'héllo', at: 1.5 }, fence };
  const authored = signAuthored(sender, organism, posted, { incarnation: 7, expiresAt: 1_767_225_600_000 });
  const frame: Frame = {
    v: 1,
    organism,
    from: sender.node,
    incarnation: 7,
    to: receiver.node,
    toIncarnation: 0,
    lane: 'control',
    seq: 1,
    sentAt: 1_735_689_600_000,
    messages: [plain, authored],
  };
  const frameText = canonical(frame);
  const reply: FrameReply = {
    v: 1,
    organism,
    from: receiver.node,
    incarnation: 3,
    to: sender.node,
    frame: sha256Hex(frameText),
    at: 1_735_689_600_042,
    results: [
      { id: '1', status: 'applied', body: { version: 12 } },
      { id: '2', status: 'refused', code: 'unknown-kind', detail: 'notes.post' },
    ],
  };
  const replyText = canonical(reply);
  if (authored.author === undefined) throw new Error('the message was signed');
  return {
    sender: { privateKey: senderPem, spki: sender.spki, node: sender.node },
    receiver: { privateKey: receiverPem, spki: receiver.spki, node: receiver.node },
    base32: ['', 'f', 'fo', 'foobar'].map((text) => ({ text, base32: base32(utf8(text)) })),
    canonical: CANONICAL.map((value) => ({ value, text: canonical(value), sha256: sha256Hex(canonical(value)) })),
    organism: { operator: sender.spki, nonce, id: organism },
    tree: { organism, genome: 'shardTree', id: tree },
    signatures: DOMAINS.map((domain) => ({ domain, text: 'signed', signature: sender.sign(domain, utf8('signed')) })),
    claims: {
      message: canonical(authoredClaim(organism, posted, authored.author)),
      messageSignature: authored.author.signature,
      invitation: `${organism}\n${receiver.node}`,
    },
    frame: { text: frameText, sha256: sha256Hex(frameText), signature: sender.sign('frame', utf8(frameText)) },
    reply: { text: replyText, sha256: sha256Hex(replyText), signature: receiver.sign('reply', utf8(replyText)) },
  };
}

/** The keys of the file that is there, so that node ids in other people's tests stay valid. */
async function keptKeys(): Promise<[string, string]> {
  const text = await readFile(PATH, 'utf8').catch(() => undefined);
  if (text === undefined) return [newKey(), newKey()];
  const { sender, receiver } = JSON.parse(text) as Record<'sender' | 'receiver', { privateKey: string }>;
  return [sender.privateKey, receiver.privateKey];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(PATH, `${JSON.stringify(vectors(...(await keptKeys())), null, 2)}\n`);
}
