import type { NodeId } from '../../src/contract/words.ts';
import type { World } from '../../src/runtime/simulation/world.ts';

/** What specs of whole organisms ask and do, by the indices of nodes. */

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** Stores a small file whose content is its name, unless another is given. */
export function put(world: World, index: number, name: string, text = name) {
  return world.run(world.node(index).files.put(bytesOf(text), { name }));
}

export async function readAt(world: World, index: number, name: string): Promise<string> {
  const file = await world.run(world.node(index).files.open(name));
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of file.read()) chunks.push(chunk);
  })();
  await world.run(reading);
  return Buffer.concat(chunks).toString();
}

/** -1 for nobody. */
export function indexOf(world: World, id: NodeId | undefined): number {
  return world.nodes.find((node) => node.id === id)?.index ?? -1;
}

export function votersOf(world: World, by: number): number[] {
  return world.node(by).view?.voters.map((id) => indexOf(world, id)) ?? [];
}

export function leaderOf(world: World, by: number): number {
  return indexOf(world, world.node(by).view?.leader);
}

/** In the order of the slots of the first tree. */
export function slotsOf(world: World, by: number): number[] {
  const map = Object.values(world.node(by).view?.trees ?? {})[0];
  return map?.slots.map(({ node }) => indexOf(world, node)) ?? [];
}

/** The first node that runs and is none of these. */
export function other(world: World, ...gone: readonly number[]): number {
  return world.nodes.findIndex(({ index, running }) => running && !gone.includes(index));
}
