import { Fault, isFault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { NodeId } from '../contract/words.ts';
import { type Client, connect } from './client.ts';

export interface KnownNode {
  readonly id: NodeId;
  readonly url: string;
}

interface Probe {
  readonly client: Client;
  readonly found: Promise<'ready' | 'starting' | Fault>;
}

/**
 * A client of the first node, in the order given, that is ready for work; of the first that answers at all where none
 * is ready. All are asked at once, so that a dead one costs nothing. Fails with `wrong-key` where somebody else answers
 * at a node's address and no other node does, else with `unreachable`.
 *
 * @param probeMs how long a node may take to answer. @default LIMITS.clientProbeMs
 */
export async function firstLive(nodes: readonly KnownNode[], probeMs: number = LIMITS.clientProbeMs): Promise<Client> {
  const probes = nodes.map(({ id, url }) => probe(connect({ url, pin: id }), probeMs));
  const chosen = (await firstThat(probes, 'ready')) ?? (await firstThat(probes, 'starting'));
  await Promise.all(probes.filter(({ client }) => client !== chosen).map(({ client }) => client.close()));
  if (chosen !== undefined) return chosen;
  const faults = (await Promise.all(probes.map(({ found }) => found))).filter((found) => isFault(found));
  throw faults.find(({ code }) => code === 'wrong-key') ?? noneAnswers(nodes);
}

function probe(client: Client, probeMs: number): Probe {
  const signal = AbortSignal.timeout(probeMs);
  const found = client.ready({ signal }).then(
    (ready) => (ready ? ('ready' as const) : ('starting' as const)),
    (error: unknown) => (isFault(error) ? error : new Fault('unreachable', undefined, { cause: error })),
  );
  return { client, found };
}

async function firstThat(probes: readonly Probe[], state: 'ready' | 'starting'): Promise<Client | undefined> {
  for (const { client, found } of probes) {
    if ((await found) === state) return client;
  }
  return undefined;
}

function noneAnswers(nodes: readonly KnownNode[]): Fault {
  const [first] = nodes;
  if (first === undefined) return new Fault('unreachable', 'no node is known');
  const who =
    nodes.length === 1 ? `The node at ${first.url} does not answer` : `None of the ${nodes.length} nodes answers`;
  return new Fault('unreachable', `${who}.`);
}
