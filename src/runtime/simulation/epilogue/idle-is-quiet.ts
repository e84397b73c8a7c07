import type { PeerRequest } from '../../../contract/ports.ts';
import type { Message } from '../../../contract/wire.ts';
import type { RaftTalk } from '../../../organs/consensus/index.ts';
import { parseFrame } from '../../membrane/frame.ts';
import type { Epilogue } from './epilogue.ts';

/** How long nothing is asked before it counts as idle: what follows a broadcast goes on for as long. */
const SETTLE_MS = 32_000;
const WATCH_MS = 5_000;

/** What nodes say to each other though nothing happens: signs of life, and a comparison of holdings once in a while. */
const HEARTBEATS: ReadonlySet<string> = new Set(['pulse.probe', 'shards.have', 'consensus.raft heartbeat']);

export const idleIsQuiet: Epilogue = {
  name: 'idle-is-quiet',
  promise:
    'An organism that nobody asks anything exchanges heartbeats, compares its holdings now and then, and says nothing else.',
  how: 'The kinds of all messages are noted for a while, after what follows a broadcast has had its time.',
  holds: 'in the end',
  run: async ({ world, violate }) => {
    await world.advance(SETTLE_MS);
    const kinds = new Map<string, number>();
    const tap = world.rule((_draft, { leg, request }) => {
      if (leg !== 'request') return;
      if (request.route !== 'frame') kinds.set(request.route, (kinds.get(request.route) ?? 0) + 1);
      else for (const kind of kindsIn(request)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }, 'idle');
    await world.advance(WATCH_MS);
    tap.dispose();
    const noise = [...kinds].filter(([kind]) => !HEARTBEATS.has(kind));
    if (noise.length > 0) violate(`still said: ${noise.map(([kind, times]) => `${times} x ${kind}`).join(', ')}`);
  },
};

function kindsIn({ bytes, sealed }: PeerRequest & { readonly route: 'frame' }): readonly string[] {
  const frame = sealed === undefined ? parseFrame(bytes) : ({ ok: true, value: sealed } as const);
  return frame.ok ? frame.value.messages.flatMap(wordsOf) : ['no frame'];
}

/** Voters say many things under one kind; only the leader's heartbeat goes on for ever. */
function wordsOf({ kind, body }: Message): readonly string[] {
  if (kind !== 'consensus.raft') return [kind];
  return (body as unknown as RaftTalk).messages.map(({ type }) => `${kind} ${type}`);
}
