import { connect, createServer } from 'node:net';
import SecretStream from '@hyperswarm/secret-stream';
import Corestore from 'corestore';
import Hyperdrive from 'hyperdrive';
import { runPair } from './pair.mjs';

/** Hyperdrive over one TCP connection on loopback, encrypted as its swarm would; both ends keep what they have on disk. */

const PIECE = 1024 ** 2;

async function serve(content, folder) {
  const store = new Corestore(folder);
  const drive = new Hyperdrive(store);
  const file = drive.createWriteStream('/file');
  for (let at = 0; at < content.length; at += PIECE) {
    if (!file.write(content.subarray(at, at + PIECE))) await new Promise((resolve) => file.once('drain', resolve));
  }
  file.end();
  await new Promise((resolve, reject) => file.once('close', resolve).once('error', reject));
  const server = createServer((socket) =>
    store.replicate(new SecretStream(false, socket)).on('error', () => socket.destroy()),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, key: drive.key.toString('hex') };
}

async function connectTo({ port, key }, folder) {
  const store = new Corestore(folder);
  const drive = new Hyperdrive(store, Buffer.from(key, 'hex'));
  await drive.ready();
  const socket = connect(port, '127.0.0.1');
  store.replicate(new SecretStream(true, socket));
  await drive.update({ wait: true });
  return { get: () => drive.createReadStream('/file', { wait: true }) };
}

await runPair(import.meta.url, { serve, connect: connectTo });
