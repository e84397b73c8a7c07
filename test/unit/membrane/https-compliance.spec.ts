import { createServer } from 'node:net';
import { beforeAll } from 'vitest';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { HttpsMembrane } from '../../../src/runtime/membrane/https.ts';
import { membraneCompliance } from '../../compliance/membrane.ts';
import { credentials, type TestCredentials } from '../../twins/credentials.ts';

/** Keys and certificates are what takes longest: a few serve all tests. */
const made: TestCredentials[] = [];
let vacantUrl = '';

beforeAll(async () => {
  made.push(await credentials(), await credentials(), await credentials());
  vacantUrl = await vacantAddress();
});

membraneCompliance('HttpsMembrane', async () => {
  const opened: HttpsMembrane[] = [];
  return {
    open: async (at) => {
      const { keyPem, certPem, signer } = made[opened.length] as TestCredentials;
      const port = at === undefined ? 0 : Number(new URL(at).port);
      const membrane = new HttpsMembrane({ keyPem, certPem, port, log: memoryLog() });
      opened.push(membrane);
      return { membrane, identity: { node: signer.node, spki: signer.spki } };
    },
    vacantUrl,
    settle: (promise) => promise,
    close: async () => {
      await Promise.all(opened.map((membrane) => membrane.close(0)));
    },
  };
});

/** A port that was free a moment ago. */
async function vacantAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `https://127.0.0.1:${port}`;
}
