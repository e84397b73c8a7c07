import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Figure, type Measured, median, type Skipped } from './figure.ts';

/**
 * Serf (Debian package `serf`) beside ours: sixteen agents on loopback, each a process. What each agent prints when it
 * learns of a member says when it did.
 */

const AGENTS = 16;
const RUNS = 5;
const DEADLINE_MS = 60_000;
const GOSSIP_PORT = 17_946;
const RPC_PORT = 17_373;

type Profile = 'lan' | 'local';
type Happened = 'EventMemberJoin' | 'EventMemberFailed';

class Agent {
  readonly name: string;
  readonly process: ChildProcess;
  readonly #heard = new Set<string>();
  readonly #waiting = new Map<string, () => void>();

  constructor(index: number, profile: Profile) {
    this.name = `agent-${index}`;
    const join = index === 0 ? [] : ['-retry-join', `127.0.0.1:${GOSSIP_PORT}`, '-retry-interval', '1s'];
    this.process = spawn(
      'serf',
      [
        'agent',
        ...['-node', this.name, '-profile', profile, '-log-level', 'info'],
        ...['-bind', `127.0.0.1:${GOSSIP_PORT + index}`, '-rpc-addr', `127.0.0.1:${RPC_PORT + index}`],
        ...join,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    if (this.process.stdout === null) throw new Error('the agent has no stdout');
    createInterface({ input: this.process.stdout }).on('line', (line) => this.#note(line));
  }

  /** Resolves once it has learned that of the member named so. */
  heard(happened: Happened, member: string): Promise<void> {
    const key = `${happened} ${member}`;
    if (this.#heard.has(key)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exit;
  }

  #note(line: string): void {
    const [, happened, member] = /(EventMember\w+): (agent-\d+)/.exec(line) ?? [];
    if (happened === undefined) return;
    const key = `${happened} ${member}`;
    this.#heard.add(key);
    this.#waiting.get(key)?.();
  }
}

interface Times {
  readonly joinMs: number;
  readonly crashMs: number;
}

/** One cluster: grown to fifteen, joined by one more, which is then killed. Each time ends when the last one knows. */
async function timesOf(profile: Profile): Promise<Times> {
  const agents: Agent[] = [];
  const start = (): Agent => {
    const agent = new Agent(agents.length, profile);
    agents.push(agent);
    return agent;
  };
  try {
    for (let index = 1; index < AGENTS; index++) start();
    await all(agents, (agent) => Promise.all(agents.map(({ name }) => agent.heard('EventMemberJoin', name))));
    const others = [...agents];
    const startedAt = performance.now();
    const last = start();
    await all(others, (agent) => agent.heard('EventMemberJoin', last.name));
    const joinMs = performance.now() - startedAt;
    const killedAt = performance.now();
    last.process.kill('SIGKILL');
    await all(others, (agent) => agent.heard('EventMemberFailed', last.name));
    return { joinMs, crashMs: performance.now() - killedAt };
  } finally {
    await Promise.all(agents.map((agent) => agent.end()));
  }
}

async function all(agents: readonly Agent[], heard: (agent: Agent) => Promise<unknown>): Promise<void> {
  const late = AbortSignal.timeout(DEADLINE_MS);
  const tooLate = once(late, 'abort').then(() => {
    throw new Error(`not every agent knew after ${DEADLINE_MS / 1000} s`);
  });
  await Promise.race([Promise.all(agents.map(heard)), tooLate]);
}

const measured = new Map<Profile, Promise<readonly Times[]>>();

function timesOfAll(profile: Profile, say: (progress: string) => void): Promise<readonly Times[]> {
  const known = measured.get(profile);
  if (known !== undefined) return known;
  const run = async (): Promise<readonly Times[]> => {
    const times: Times[] = [];
    for (let number = 1; number <= RUNS; number++) {
      times.push(await timesOf(profile));
      say(`${number}/${RUNS}: ${JSON.stringify(times.at(-1))}`);
    }
    return times;
  };
  const times = run();
  measured.set(profile, times);
  return times;
}

function figureOf(profile: Profile, what: keyof Times): Figure {
  return {
    name: `serf-${profile}-${what === 'joinMs' ? 'join' : 'crash'}`,
    unit: 's',
    async run(say): Promise<Measured | Skipped> {
      if (spawnSync('serf', ['version']).error !== undefined) return { skipped: 'serf is not installed' };
      const samples = (await timesOfAll(profile, say)).map((times) => times[what] / 1000);
      return { value: median(samples), samples };
    },
  };
}

/** Medians of five: a sixteenth agent until all others know it, and its `kill -9` until all others know that. */
export const serfFigures: readonly Figure[] = (['local', 'lan'] as const).flatMap((profile) => [
  figureOf(profile, 'joinMs'),
  figureOf(profile, 'crashMs'),
]);
