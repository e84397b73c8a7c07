import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from '../../../src/runtime/data-folder.ts';
import { type Child, startChild } from './child.ts';

const run = promisify(execFile);

describe('a data folder among processes', () => {
  let path: string;
  const children: Child[] = [];
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'peertree-data-'));
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map(kill));
    await rm(path, { recursive: true });
  });

  const start = (at = 0): Child => {
    const child = startChild('data-folder.child.ts', path, String(at));
    children.push(child);
    return child;
  };

  it('is taken by one process, whose key all later ones find, even after kill -9', async () => {
    const first = start();
    const taken = await first.next();
    expect(taken).toMatchObject({ won: true });
    expect(await start().next()).toEqual({ won: false, code: 'data-in-use' });
    await kill(first);
    // The dead process has left its socket.
    expect((await readdir(path)).filter((name) => name.startsWith('lock-'))).toHaveLength(1);
    expect(await start().next()).toEqual(taken);
    expect((await readdir(path)).filter((name) => name.startsWith('lock-'))).toHaveLength(1);
  });

  it('is not taken from a process that stands still', async () => {
    const first = start();
    await first.next();
    first.process.kill('SIGSTOP');
    expect(await start().next()).toEqual({ won: false, code: 'data-in-use' });
    first.process.kill('SIGCONT');
    expect(await start().next()).toEqual({ won: false, code: 'data-in-use' });
  });

  it('is taken by exactly one of those that come at once, over what a dead one left', async () => {
    for (let round = 0; round < 2; round++) {
      const at = Date.now() + 1_500;
      const rivals = [start(at), start(at), start(at), start(at)];
      const facts = await Promise.all(rivals.map((rival) => rival.next()));
      expect(facts.filter((fact) => fact?.won)).toHaveLength(1);
      expect(facts.filter((fact) => fact?.code === 'data-in-use')).toHaveLength(3);
      await Promise.all(rivals.map(kill));
    }
  });

  it('has a certificate that strict clients take', async () => {
    const folder = await openDataFolder(path);
    const cert = await folder.certPem([]);
    const server = createServer({ key: folder.keyPem, cert }, (_request, response) => response.end('whole'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const certPath = join(path, 'cert.pem');
    for (const host of ['127.0.0.1', 'localhost']) {
      const { stdout } = await run('curl', [
        '-sS',
        '-4',
        '--noproxy',
        '*',
        '--cacert',
        certPath,
        `https://${host}:${port}/`,
      ]);
      expect(stdout).toBe('whole');
    }
    for (const purpose of ['sslserver', 'sslclient']) {
      const check = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', certPath, certPath];
      expect((await run('openssl', check)).stdout).toContain('OK');
    }
    server.close();
    await folder.close();
  });
});

async function kill(child: Child): Promise<void> {
  child.process.kill('SIGKILL');
  await child.ended;
}
