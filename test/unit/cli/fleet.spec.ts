import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { childEnvironment } from '../../../src/cli/up/child.ts';
import { Fleet, type FleetOptions, respawnPause } from '../../../src/cli/up/fleet.ts';
import { lockOrganism, supervisorOf } from '../../../src/cli/up/lock.ts';
import { freePorts } from '../../../src/cli/up/ports.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { idOf } from '../../twins/memory-node.ts';

let folder: string;
let fleet: Fleet;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peertree-fleet-'));
  said = [];
});
afterEach(async () => {
  await fleet?.stop(0);
  rmSync(folder, { recursive: true });
});

/** Stands in for `peertree node`: says that it is ready, and then does as the script says. */
const HELLO = `
  const data = process.argv[process.argv.indexOf('--data') + 1];
  const say = (event) => console.log(JSON.stringify(event));
  const ready = () => {
    say({ event: 'ready', id: '${idOf('x')}', url: 'https://127.0.0.1:4567', pid: process.pid, data });
    say({ event: 'placed', id: '${idOf('x')}' });
  };
  process.stdin.resume();
`;
const GOOD = `${HELLO} ready(); process.on('SIGTERM', () => process.exit(0));`;

function fleetOf(script: string, options: Partial<FleetOptions> = {}): Fleet {
  const program = { command: process.execPath, args: ['-e', script] };
  fleet = new Fleet({ folder, program, env: {}, respawn: true, say: (line) => said.push(line), ...options });
  return fleet;
}

const plan = (index: number) => ({ name: `node-${index}`, data: `node-${index}`, port: 0, known: undefined });

describe('a fleet', () => {
  it('hears where its nodes are, and stops them', async () => {
    fleetOf(GOOD);
    const [first, second] = [fleet.launch(plan(1)), fleet.launch(plan(2))];
    await fleet.until(() => first.placed && second.placed);
    expect(first.at).toMatchObject({ url: 'https://127.0.0.1:4567', data: `${folder}/node-1` });
    expect(first.at?.pid).toBe(first.child?.pid);
    expect(await fleet.stop()).toEqual([]);
    expect(fleet.isOver).toBe(true);
  });

  it('has every node run the same genomes, and the shipped ones where it is not told', async () => {
    const given = "require('node:fs').writeFileSync(data + '.args', JSON.stringify(process.argv.slice(1)));";
    const argsOf = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.args`), 'utf8')) as string[];
    fleetOf(`${HELLO} ${given} ready(); process.on('SIGTERM', () => process.exit(0));`, {
      genomes: ['/a.yaml', '/b.yaml'],
    });
    const members = [fleet.launch(plan(1)), fleet.launch(plan(2))];
    await fleet.until(() => members.every(({ placed }) => placed));
    for (const name of ['node-1', 'node-2']) {
      expect(argsOf(name).join(' ')).toContain('--genome /a.yaml --genome /b.yaml');
    }
    await fleet.stop();
    fleetOf(`${HELLO} ${given} ready(); process.on('SIGTERM', () => process.exit(0));`);
    const alone = fleet.launch(plan(3));
    await fleet.until(() => alone.placed);
    expect(argsOf('node-3')).not.toContain('--genome');
  });

  it('fails with the code and the words of a node that does not start', async () => {
    const error = JSON.stringify({ error: { code: 'port-in-use', detail: 'port 4401 is taken' } });
    fleetOf(`console.error('a warning'); console.error(${JSON.stringify(error)}); process.exit(1)`);
    fleet.launch(plan(2));
    await expect(fleet.until(() => false)).rejects.toMatchObject({
      code: 'port-in-use',
      message: 'node-2 did not start: port 4401 is taken',
    });
  });

  it('shows the last lines of a node that dies without a word of ours', async () => {
    fleetOf("for (let line = 1; line <= 50; line++) console.error('line ' + line); process.exitCode = 7");
    fleet.launch(plan(1));
    const failure = await fleet.until(() => false).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Fault);
    const { message } = failure as Fault;
    expect(message).toContain('exit code 7');
    expect(message).toContain('line 50');
    expect(message.split('\n')).toHaveLength(1 + LIMITS.upTailLines);
  });

  it('fails where the program cannot be run at all', async () => {
    fleetOf('', { program: { command: '/nonexistent/node', args: [] } });
    fleet.launch(plan(1));
    await expect(fleet.until(() => false)).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') });
  });

  it('starts a node again that was killed, at the same port', async () => {
    fleetOf(`${GOOD} console.log(JSON.stringify({ event: 'other' }));`);
    const member = fleet.launch(plan(1));
    await fleet.until(() => member.placed);
    fleet.settle();
    const pid = member.at?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await fleet.until(() => member.placed && member.at?.pid !== pid);
    expect(said).toEqual([expect.stringMatching(/^node-1 has died \(SIGKILL\); starting it again in 0\.2 s$/)]);
  });

  it('leaves it dead where it shall', async () => {
    fleetOf(GOOD, { respawn: false });
    const member = fleet.launch(plan(1));
    await fleet.until(() => member.placed);
    fleet.settle();
    process.kill(member.at?.pid ?? 0, 'SIGKILL');
    await fleet.until(() => fleet.isOver);
    expect(said).toEqual(['node-1 has ended (SIGKILL)']);
  });

  it('does not start a node again that has left, and says who', async () => {
    const left: string[] = [];
    const leaving = `${HELLO} ready(); setTimeout(() => { say({ event: 'left', id: 'x' }); process.exit(0); }, 100);`;
    fleetOf(leaving, { onLeft: (name) => left.push(name) });
    const member = fleet.launch(plan(1));
    await fleet.until(() => member.placed);
    fleet.settle();
    await fleet.until(() => fleet.isOver);
    expect(left).toEqual(['node-1']);
  });

  it('ends a node that does not pause in time', async () => {
    fleetOf(`${HELLO} process.on('SIGTERM', () => undefined); ready();`);
    const member = fleet.launch(plan(1));
    await fleet.until(() => member.placed);
    expect(await fleet.stop(200)).toEqual(['node-1']);
    expect(fleet.isOver).toBe(true);
  });

  it('lets a newcomer in by its standard input, which nobody else can read', async () => {
    fleetOf(
      `${HELLO}
      const hidden = !JSON.stringify([process.argv, process.env]).includes('foreign') && process.env.PEERTREE_DATA === undefined;
      const waits = process.argv.includes('--await-admission');
      process.stdin.once('data', (line) => {
        const { join, invite } = JSON.parse(line);
        if (hidden && waits && invite === 'secret' && join[0] === 'https://127.0.0.1:1') ready();
      });
    `,
      { env: { PEERTREE_DATA: '/elsewhere', PEERTREE_INVITE: 'foreign' } },
    );
    const member = fleet.launchNewcomer(plan(2));
    fleet.admit([member], { join: ['https://127.0.0.1:1'], invite: 'secret' });
    await fleet.until(() => member.placed);
  });

  it('pauses longer with every death, up to a limit, and forgives after a while', () => {
    const member = { deaths: 0, startedAt: 0 };
    expect([1, 2, 3].map(() => respawnPause(member, 1_000))).toEqual([200, 400, 800]);
    member.deaths = 40;
    expect(respawnPause(member, 1_000)).toBe(LIMITS.restartBackoffMaxMs);
    expect(respawnPause(member, LIMITS.restartPeriodMs + 1)).toBe(200);
  });

  it("keeps a debugger's port from its nodes", () => {
    const env = {
      NODE_OPTIONS: '--inspect=9229 --max-old-space-size=100 --inspect-brk',
      PATH: '/bin',
      PEERTREE_URL: 'x',
    };
    expect(childEnvironment(env)).toEqual({ NODE_OPTIONS: '--max-old-space-size=100', PATH: '/bin' });
  });
});

describe('the lock of an organism', () => {
  it('is held by one supervisor, names it, and goes with it', async () => {
    expect(await supervisorOf(folder)).toBeUndefined();
    const lock = await lockOrganism(folder);
    expect(readFileSync(join(folder, 'organism.pid'), 'utf8')).toBe(`${process.pid}\n`);
    await expect(lockOrganism(folder)).rejects.toMatchObject({
      code: 'data-in-use',
      message: expect.stringContaining(String(process.pid)),
    });
    const supervisor = await supervisorOf(folder);
    expect(supervisor?.pid).toBe(process.pid);
    const gone = once(supervisor?.socket.resume() ?? process, 'close');
    await lock.release();
    await gone;
    const again = await lockOrganism(folder);
    await again.release();
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const deep = join(folder, 'x'.repeat(60), 'y'.repeat(60));
    const { mkdirSync } = await import('node:fs');
    mkdirSync(deep, { recursive: true });
    const lock = await lockOrganism(deep);
    await expect(lockOrganism(deep)).rejects.toMatchObject({ code: 'data-in-use' });
    await lock.release();
  });
});

describe('ports', () => {
  it('are checked before anything starts', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const busy = [{ ...plan(1), port }];
    await expect(freePorts(busy, false)).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`${port}`),
    });
    expect((await freePorts(busy, true))[0]?.port).toBe(0);
    server.close();
    await once(server, 'close');
    expect((await freePorts(busy, false))[0]?.port).toBe(port);
  });
});
