import type { NodeEvents } from '../../contract/events.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Input, Organ, Ports } from '../../contract/organ.ts';
import type {
  FileCatalogue,
  FileService,
  RegisterService,
  ShardService,
  TreeService,
} from '../../contract/services.ts';
import { createCatalogue } from './catalogue.ts';
import type { MapContext } from './context.ts';
import { mapsMachine } from './machine.ts';
import { createFileService } from './service.ts';

/** A maps organ remembers nothing: heads and names are registers, and its mode says what it may do. */
export type MapFacts = Readonly<Record<string, never>>;

export interface MapsOptions {
  readonly tree: TreeService;
  readonly registers: RegisterService;
  /** Where the pieces and pages are stored. */
  readonly shards: ShardService;
  readonly ports: Ports;
  /** Bytes of a piece, LIMITS.shardBytesMin to LIMITS.shardBytesMax. */
  readonly shardBytes: number;
  /** Recorded in the heads. @default 3 */
  readonly copies?: number;
}

export interface Maps {
  readonly organ: Organ<MapFacts>;
  readonly service: FileService;
  readonly catalogue: FileCatalogue;
}

/**
 * Files over shards: signed heads in registers name the shards that a file is made of.
 *
 * @example
 * const { organ, service } = createMaps({ tree, registers, shards, ports, shardBytes: LIMITS.shardBytesDefault })
 * cell.start([organ])
 * const { id } = await service.put(stream, { name: 'notes/today.txt' })
 * for await (const piece of (await service.open('notes/today.txt')).read()) output.write(piece)
 */
export function createMaps(options: MapsOptions): Maps {
  const { tree, registers, shards, ports, shardBytes, copies = 3 } = options;
  if (!(shardBytes >= 1 && shardBytes <= LIMITS.shardBytesMax)) {
    throw new RangeError(`a piece has 1 to ${LIMITS.shardBytesMax} bytes, not ${shardBytes}`);
  }
  const context: MapContext = {
    tree,
    registers,
    shards,
    ports,
    shardBytes,
    coding: { kind: 'copies', copies },
    gate: { refusal: 'starting' },
  };
  return { organ: mapsOrgan(context), service: createFileService(context), catalogue: createCatalogue(context) };
}

const facts: MapFacts = {};
const setGate = (refusal: MapContext['gate']['refusal']): Effect => ({
  effect: 'run',
  name: 'setGate',
  params: { refusal },
});

function mapsOrgan(context: MapContext): Organ<MapFacts> {
  const { gate, tree } = context;
  const authority = (): { type: string }[] => [{ type: tree.sovereign() ? 'maps.gain' : 'maps.lose' }];
  return {
    id: 'maps',
    machine: mapsMachine,
    begin: () => ({ facts, signals: authority() }),
    messages: {},
    answers: {},
    receive: {
      'pulse.sovereignty': (_facts, { body }: Input<NodeEvents['pulse.sovereignty']>) => ({
        facts,
        signals: [{ type: body.sovereign ? 'maps.gain' : 'maps.lose' }],
      }),
      'node.halted': () => ({ facts, signals: [{ type: 'maps.halt' }] }),
      'node.leaving': () => ({ facts, signals: [{ type: 'maps.leave' }] }),
      /** An organism that doesn't let this node go needs it as before. */
      'consensus.refused': () => ({ facts, signals: [{ type: 'maps.stay' }] }),
    },
    actions: {
      takeWrites: () => ({ facts, effects: [setGate(undefined)] }),
      refuseWithoutAuthority: () => ({ facts, effects: [setGate('no-authority')] }),
      refuseStopping: () => ({ facts, effects: [setGate('stopping')] }),
      askAuthority: () => ({ facts, signals: authority() }),
    },
    effects: {
      setGate: ({ refusal }: MapContext['gate']) => {
        gate.refusal = refusal;
      },
    },
  };
}
