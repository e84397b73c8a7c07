import { fileURLToPath } from 'node:url';
import { parseGenome } from '../src/actors/genome.ts';
import type { Client } from '../src/client/index.ts';
import { isFault } from '../src/contract/errors.ts';
import { type Figure, type Measured, median } from './figure.ts';
import { type Organism, pause, withOrganism } from './organism.ts';

const GENOME = fileURLToPath(new URL('counter.genome.yaml', import.meta.url));
const ADD = { method: 'POST', path: '/counters/{id}' } as const;
const KEYS = 500;
const KILL_KEYS = 12;

const add = (client: Client, id: number): Promise<unknown> => client.receptors.call(ADD, { id: `c${id}`, by: 1 });

const clientsOf = (organism: Organism): readonly Client[] => organism.nodes.map((node) => organism.client(node));

/** A genome of some five hundred lines: twenty state charts of an ordinary size, each with its receptors. */
function longGenome(): { readonly text: string; readonly lines: number } {
  const organs = Array.from(
    { length: 20 },
    (_, index) => `
  desk${index}:
    kind: entity
    key: event.id
    context: { title: '', votes: 0 }
    machine:
      initial: absent
      on: { show: { reply: { state: state, votes: context.votes } } }
      states:
        absent:
          on:
            open:
              target: open
              assign: { title: event.title }
              reply: { id: key }
        open:
          on:
            vote:
              - guard: event.by > 3 && size(context.title) > 2
                assign: { votes: context.votes + 2 * event.by }
                reply: { votes: context.votes }
              - assign: { votes: context.votes + event.by }
                reply: { votes: context.votes }`,
  );
  const receptors = organs.map(
    (_, index) => `
  open${index}: { put: '/d${index}/{id}', to: desk${index}.open, input: { title: string } }
  vote${index}: { post: '/d${index}/{id}', to: desk${index}.vote, input: { by: integer } }
  show${index}: { get: '/d${index}/{id}', to: desk${index}.show }`,
  );
  const text = `genome: long\nversion: 1.0.0\norgans:${organs.join('')}\nreceptors:${receptors.join('')}\n`;
  return { text, lines: text.split('\n').length };
}

/** The check of it in a process that is warm: the median of nine. */
const genomeCheck: Figure = {
  name: 'genome-check',
  unit: 'ms',
  expected: { atMost: 300 },
  run: async () => {
    const { text, lines } = longGenome();
    const samples: number[] = [];
    for (let round = 0; round < 9; round++) {
      const start = performance.now();
      await parseGenome(text, 'long.genome.yaml');
      samples.push(performance.now() - start);
    }
    return { value: median(samples), samples, notes: { lines } };
  },
};

const IN_FLIGHT = 64;
const RUSH_SECONDS = 5;

/** Requests that change an entity, durably, answered by one node process over HTTPS; the client shares the machine. */
const entityRequests: Figure = {
  name: 'entity-requests',
  unit: 'requests/s',
  expected: { atLeast: 1_500 },
  run: () =>
    withOrganism(
      1,
      async (organism) => {
        const [client] = clientsOf(organism);
        if (client === undefined) throw new Error('the organism has no node');
        await rush(client, 1);
        const count = await rush(client, RUSH_SECONDS);
        const value = count / RUSH_SECONDS;
        return { value, samples: [value], notes: { inFlight: IN_FLIGHT, keys: KEYS } };
      },
      [GENOME],
    ),
};

async function rush(client: Client, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let count = 0;
  const line = async (offset: number): Promise<void> => {
    for (let id = offset; performance.now() < until; id += IN_FLIGHT, count++) await add(client, id % KEYS);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, offset) => line(offset)));
  return count;
}

const PACE_PER_SECOND = 200;
const PACE_SECONDS = 10;

/** The same at 200 a second over three nodes, each asked in turn: how long one of a hundred takes at least. */
const entityLatency: Figure = {
  name: 'entity-p99',
  unit: 'ms',
  expected: { atMost: 20 },
  run: () =>
    withOrganism(
      3,
      async (organism) => {
        const clients = clientsOf(organism);
        const ask = (number: number): Promise<unknown> =>
          add(clients[number % clients.length] as Client, number % KEYS);
        for (let number = 0; number < 300; number++) await ask(number);
        return paced(ask);
      },
      [GENOME],
    ),
};

async function paced(ask: (number: number) => Promise<unknown>): Promise<Measured> {
  const begin = performance.now();
  const took = Array.from({ length: PACE_PER_SECOND * PACE_SECONDS }, async (_, number) => {
    const dueAt = begin + (number * 1_000) / PACE_PER_SECOND;
    await pause(dueAt - performance.now());
    // From when it was due, so that a stall counts for all whom it kept waiting. Who is refused waits longest of all.
    const isAnswered = await ask(number).then(
      () => true,
      () => false,
    );
    return isAnswered ? performance.now() - dueAt : Number.POSITIVE_INFINITY;
  });
  const samples = (await Promise.all(took)).sort((a, b) => a - b);
  const at = (share: number): number => Number((samples[Math.floor(samples.length * share)] ?? 0).toFixed(2));
  return { value: at(0.99), samples: [at(0.99)], notes: { p50: at(0.5), p90: at(0.9), requests: samples.length } };
}

/** After `kill -9` of one of three nodes: until every key that is asked for at another is answered again; the slowest. */
const entityRevival: Figure = {
  name: 'entity-revival',
  unit: 'ms',
  expected: { atMost: 2_000 },
  run: () =>
    withOrganism(
      3,
      async (organism) => {
        const [survivor] = clientsOf(organism);
        const victim = organism.nodes[2];
        if (survivor === undefined || victim === undefined) throw new Error('the organism has too few nodes');
        const keys = Array.from({ length: KILL_KEYS }, (_, index) => index);
        for (const key of keys) await add(survivor, key);
        process.kill(victim.pid, 'SIGKILL');
        const start = performance.now();
        const samples = await Promise.all(keys.map(async (key) => revived(survivor, key, start)));
        return { value: Math.max(...samples), samples };
      },
      [GENOME],
    ),
};

async function revived(client: Client, key: number, start: number): Promise<number> {
  for (;;) {
    try {
      await add(client, key);
      return performance.now() - start;
    } catch (error) {
      if (!isFault(error)) throw error;
    }
  }
}

export const genomeFigures: readonly Figure[] = [genomeCheck, entityRequests, entityLatency, entityRevival];
