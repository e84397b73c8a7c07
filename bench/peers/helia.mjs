import { withBitswap } from '@helia/bitswap';
import { withLibp2pLight } from '@helia/libp2p';
import { unixfs } from '@helia/unixfs';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createHeliaLight } from 'helia';
import { CID } from 'multiformats/cid';
import { runPair } from './pair.mjs';

/**
 * Helia over one TCP connection on loopback with noise and yamux; both ends keep blocks in memory, which is its default.
 * Neither routers nor discovery nor gateways are configured, so there is nobody else to ask.
 */

async function start() {
  // Node 20 lacks it, and Helia 7 counts on it.
  Promise.withResolvers ??= function withResolvers() {
    const parts = {};
    parts.promise = new this((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  };
  const helia = withBitswap(
    withLibp2pLight(createHeliaLight(), {
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
    }),
  );
  await helia.start();
  return helia;
}

async function serve(content) {
  const helia = await start();
  const cid = await unixfs(helia).addBytes(content);
  return { cid: cid.toString(), addresses: helia.libp2p.getMultiaddrs().map(String) };
}

async function connectTo({ cid, addresses }) {
  const helia = await start();
  await helia.libp2p.dial(addresses.map((address) => multiaddr(address)));
  return { get: () => unixfs(helia).cat(CID.parse(cid)) };
}

await runPair(import.meta.url, { serve, connect: connectTo });
