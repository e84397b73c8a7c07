import { utf8 } from '../../../contract/encoding.ts';
import type { Entry } from '../../../contract/entries.ts';
import type { Message } from '../../../contract/wire.ts';
import type { Json, JsonObject, NodeId } from '../../../contract/words.ts';
import {
  type FetchedBody,
  type ForwardBody,
  type Mark,
  TOLD_KIND,
  type Told,
} from '../../../organs/broadcast/messages.ts';
import { signAuthored } from '../../membrane/authored.ts';
import { HALT_TOPIC } from '../../node/body.ts';
import { guardOf } from '../guard.ts';
import { Impostor } from '../impostor.ts';
import { newestOf } from '../wholeness.ts';
import type { World } from '../world.ts';
import { forgedAppend } from './forgeries.ts';
import type { Dice, FaultKind } from './kind.ts';
import { node } from './links.ts';
import { revive } from './processes.ts';
import { maySpoil, mayStop } from './tolerance.ts';

/** What members do whose keys were stolen. Their own processes are killed for that time. */

export interface Stolen {
  readonly node: number;
  readonly everyMs: number;
}

const params = { node, everyMs: { type: 'number', minimum: 1 } satisfies JsonObject };
const LASTS_MS = [1_000, 8_000] as const;

function draw(dice: Dice): Stolen {
  return { node: dice.fragile, everyMs: dice.between(20, 2_000) };
}

function possess(
  world: World,
  { node: index, everyMs }: Stolen,
  label: string,
  deed: (impostor: Impostor) => void | Promise<void>,
) {
  const view = newestOf(world.nodes.map((one) => one.view));
  if (view === null || !mayStop(world, index) || !maySpoil(world, index)) return undefined;
  world.crash(index);
  const impostor = new Impostor(world, index, view, label);
  world.background(impostor.act(everyMs, deed));
  return guardOf(() => {
    impostor.end();
    revive(world, index);
  });
}

export const forgedView: FaultKind<Stolen> = {
  meaning: 'A member shows others a later view that no majority of voters has signed: alone, twice, or in their names.',
  params,
  lastsMs: LASTS_MS,
  draw,
  strike: (world, stolen, label) =>
    possess(world, stolen, label, (impostor) => {
      const { view, signer } = impostor;
      const victim = impostor.victims[0] ?? signer.node;
      const entries: readonly Entry[] = [
        { type: 'VOTERS', voters: [signer.node] },
        { type: 'REPLACE', nodes: [victim], reason: 'revoked', moves: [] },
        { type: 'CONFIG', key: 'forged', value: true },
      ];
      const entry = entries[Math.floor(impostor.draw.float() * entries.length)] as Entry;
      const signers = [[signer.node], [signer.node, signer.node], [...view.voters], []];
      const names = signers[Math.floor(impostor.draw.float() * signers.length)] ?? [];
      const body = forgedAppend(view, entry, names, signer);
      for (const to of impostor.victims) impostor.tell(to, 'consensus.append', body);
    }),
};

export const forgedBroadcast: FaultKind<Stolen> = {
  meaning: 'A member tells others to halt in the name of the founder, and passes on what was told with other words.',
  params,
  lastsMs: LASTS_MS,
  draw,
  strike: (world, stolen, label) =>
    possess(world, stolen, label, async (impostor) => {
      for (const tree of Object.keys(impostor.view.trees)) {
        for (const to of impostor.victims) forward(impostor, to, forgedHalt(impostor, tree));
        await equivocate(impostor, tree);
      }
    }),
};

/** Of the day on which every simulation plays. */
const TOMORROW = Date.UTC(2025, 0, 2);
/** How many authors he gives other words at a time. */
const ORIGINS_ALTERED = 4;

/** In the name of a voter, signed with his own key. */
function forgedHalt({ signer, view, draw: dice }: Impostor, tree: string): Told {
  const author = view.voters[0] ?? signer.node;
  const body = { topic: HALT_TOPIC, body: null, late: true };
  const message: Message = { id: `${1 + Math.floor(dice.float() * 9)}`, tree, kind: TOLD_KIND, body };
  const terms = { incarnation: view.members[author]?.incarnation ?? 1, expiresAt: TOMORROW };
  const signed = signAuthored(signer, view.organism, message, terms) as Told;
  return { ...signed, author: { ...signed.author, node: author } };
}

/** What somebody told the tree, to each victim with another body under the first one's signature. */
async function equivocate(impostor: Impostor, tree: string): Promise<void> {
  const [source] = impostor.victims;
  if (source === undefined) return;
  const digest = (await impostor.ask(source, 'broadcast.digest', { tree, marks: [], all: true })) as unknown;
  const { marks = [] } = (digest ?? {}) as { readonly marks?: readonly Mark[] };
  for (const { origin, incarnation, number } of marks.slice(0, ORIGINS_ALTERED)) {
    const range = { tree, origin, incarnation, after: Math.max(0, number - 2), through: number };
    const answer = (await impostor.ask(source, 'broadcast.fetch', range)) as unknown;
    const { messages = [] } = (answer ?? {}) as Partial<FetchedBody>;
    for (const { message } of messages) {
      for (const to of impostor.victims)
        forward(impostor, to, { ...message, body: { ...message.body, body: { forged: to } } });
    }
  }
}

function forward(impostor: Impostor, to: NodeId, message: Told): void {
  const body: ForwardBody = { parcels: [{ message, wave: 'all', countMs: 0, ageMs: 0 }], tallies: [] };
  impostor.tell(to, 'broadcast.forward', body as unknown as Json);
}

export const falseAlerts: FaultKind<Stolen> = {
  meaning: 'A member reports everybody else as gone, again and again.',
  params,
  lastsMs: LASTS_MS,
  draw,
  strike: (world, stolen, label) =>
    possess(world, stolen, label, (impostor) => {
      const suspects = impostor.victims.map((victim) => ({
        node: victim,
        incarnation: impostor.view.members[victim]?.incarnation ?? 1,
      }));
      for (const to of impostor.victims) impostor.tell(to, 'pulse.alert', { suspects });
    }),
};

/** Bytes of one piece of rubbish. */
const RUBBISH_BYTES = 2_000;

export const flood: FaultKind<Stolen & { readonly burst: number }> = {
  meaning: 'A member sends bursts of probes and of bytes that are no frame at all.',
  params: { ...params, burst: { type: 'integer', minimum: 1 } },
  lastsMs: [500, 4_000],
  draw: (dice) => ({ node: dice.fragile, everyMs: dice.between(200, 1_000), burst: dice.between(2, 30) }),
  strike: (world, stolen, label) =>
    possess(world, stolen, label, (impostor) => {
      const { generation, epoch, version } = impostor.view;
      const probe = {
        incarnation: impostor.incarnation,
        fence: { generation, epoch, version },
        beat: { generation: 0, epoch: 0, number: 0 },
        state: 'live',
        returnWithinMs: 0,
      };
      for (let count = 0; count < stolen.burst; count++) {
        for (const to of impostor.victims) {
          if (count % 2 === 0) impostor.tell(to, 'pulse.probe', probe);
          else impostor.throwAt(to, impostor.draw.bytes(RUBBISH_BYTES));
        }
      }
      impostor.throwAt(impostor.victims[0] ?? '', utf8('{"msg":null}'));
    }),
};
