// Speaks as a stopped member, by docs/protocol.md alone: sets a register in the organism's first tree.
//   node examples/raw-frame.mjs DIR URL NODEID [--flip]
// DIR is the member's data folder, URL and NODEID a live node. --flip changes one byte after signing.
import { createHash, sign, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';

const [dir, url, to, flip] = process.argv.slice(2);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

function base32(bytes) {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{1,5}/g).map((five) => Number.parseInt(five.padEnd(5, '0'), 2));
  return fives.map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[five]).join('');
}

function canonical(value) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
}

const nodeIdOf = (certificate) => base32(sha256(certificate.publicKey.export({ type: 'spki', format: 'der' })));

/** Sends nothing before the other end has shown the key of the node that we mean. */
async function send(path, options, body) {
  const outgoing = request(`${url}${path}`, { ...options, rejectUnauthorized: false, agent: false });
  const response = await new Promise((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
    outgoing.on('socket', (socket) => {
      socket.on('secureConnect', () => {
        if (nodeIdOf(socket.getPeerX509Certificate()) === to) outgoing.end(body);
        else outgoing.destroy(new Error(`${url} is not node ${to}`));
      });
    });
  });
  return JSON.parse(Buffer.concat(await response.toArray()));
}

const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(`${dir}/${name}`, 'utf8'));
const from = nodeIdOf(new X509Certificate(cert));
const incarnation = Number(readFileSync(`${dir}/incarnation`, 'utf8')) + 1;
writeFileSync(`${dir}/incarnation`, `${incarnation}\n`, { flush: true });

const { organism, trees } = await send('/organism', {});
const writes = [{ key: `note:hello-${incarnation}`, expected: 0, value: 'hello' }];
const command = { type: 'set', tree: trees[0].treeId, writes };
const messages = [{ id: '1', tree: null, kind: 'consensus.propose', body: { command } }];
const hop = { from, incarnation, to, toIncarnation: 0, lane: 'control', seq: 1, sentAt: Date.now() };
const body = Buffer.from(canonical({ v: 1, organism, ...hop, messages }));
const statement = Buffer.concat([Buffer.from('peertree/frame/1\n'), body]);
const signature = sign('sha256', statement, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
if (flip === '--flip') body[body.indexOf('hello-')] ^= 1;

const headers = { 'content-type': 'application/json', 'peertree-signature': signature };
console.log(JSON.stringify(await send('/peertree/frames', { method: 'POST', key, cert, headers }, body)));
