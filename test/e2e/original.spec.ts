import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holesOf, isAlive, Organism } from './organism.ts';

/** What the original PeerTree could not survive, by name. */
describe('the failures of the original', () => {
  let organism: Organism;
  beforeAll(async () => {
    organism = await Organism.up({ nodes: 8 });
  });
  afterAll(() => organism?.dispose());

  function post(index: number, body: string, withKey: boolean): Promise<{ status: number; code: string }> {
    const { url, data } = organism.node(index);
    const credentials = withKey
      ? { key: readFileSync(join(data, 'key.pem')), cert: readFileSync(join(data, 'cert.pem')) }
      : {};
    const headers = { 'content-type': 'application/json', 'peertree-signature': 'x' };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${url}/peertree/frames`,
        { method: 'POST', headers, rejectUnauthorized: false, agent: false, ...credentials },
        (response) => {
          response
            .toArray()
            .then(
              (chunks) =>
                resolve({ status: response.statusCode ?? 0, code: JSON.parse(Buffer.concat(chunks).toString()).code }),
              reject,
            );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  it('eight cells started at once are whole, and no process exits', async () => {
    expect(holesOf(await organism.status())).toEqual([]);
    expect(organism.whole.trees.every(({ cells }) => cells === 8)).toBe(true);
    expect(organism.whole.nodes.every(({ pid }) => isAlive(pid))).toBe(true);
  });

  it.each(['{"msg":null}', 'null', '[]', '{', '"', '{"__proto__":{}}', `${'['.repeat(10_000)}${']'.repeat(10_000)}`])(
    'a body of %.40s exits no process',
    async (body) => {
      for (const withKey of [false, true]) {
        const { status, code } = await post(1, body, withKey);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(['malformed', 'no-certificate', 'bad-signature', 'key-mismatch']).toContain(code);
      }
      expect(isAlive(organism.node(1).pid)).toBe(true);
    },
  );

  it('a member that asks to join again crashes nobody and gets no second place', async () => {
    const before = await organism.status();
    const tokens = await organism.json<{ token: string }>(['invite']);
    expect(tokens.token.length).toBeGreaterThan(0);
    const { data } = organism.node(3);
    // The same node, told to join although it belongs to the organism already: its folder is in use, and nothing else happens.
    const second = await organism.run([
      'node',
      '--port',
      '0',
      '--join',
      organism.node(0).url,
      '--invite',
      tokens.token,
      '--data',
      data,
    ]);
    expect(second.code).toBe(1);
    expect(second.messages).toContain('Another process uses');
    const after = await organism.status();
    expect(after.trees.map(({ cells }) => cells.map(({ node }) => node))).toEqual(
      before.trees.map(({ cells }) => cells.map(({ node }) => node)),
    );
    expect(organism.whole.nodes.every(({ pid }) => isAlive(pid))).toBe(true);
  });
});
