import { ActorSystem } from '../../../src/actors/actor-system.ts';
import { Bus } from '../../../src/actors/bus.ts';
import type { Outlet } from '../../../src/actors/outlet.ts';
import { Fault } from '../../../src/contract/errors.ts';
import type { Ports } from '../../../src/contract/organ.ts';
import type { FileService, TreeService } from '../../../src/contract/services.ts';
import type { View } from '../../../src/contract/words.ts';
import { createMaps, type MapsOptions } from '../../../src/organs/maps/index.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';
import { MemoryDisk } from '../../../src/runtime/store/memory.ts';
import { viewOf } from '../shards/fake-view.ts';
import { FakeRegisters } from './fake-registers.ts';
import { FakeShards } from './fake-shards.ts';

/** The first node is a member of the view; a second signer is nobody. */
export const SIGNER = twinSigner('author');
export const STRANGER = twinSigner('stranger');

/** A maps organ in the actor kernel over shards and registers in memory. */
export class Desk {
  readonly clock = new VirtualClock();
  readonly bus = new Bus();
  readonly log = memoryLog();
  readonly registers = new FakeRegisters();
  readonly shards = new FakeShards();
  readonly view: View = viewOf([{ node: SIGNER.node, spki: SIGNER.spki }]);
  readonly files: FileService;
  readonly system: ActorSystem;

  constructor(options: Partial<MapsOptions> = {}) {
    const { clock, log, registers, shards } = this;
    const store = new MemoryDisk().open({ clock });
    const ports: Ports = { clock, log, store, signer: SIGNER, entropy: seededEntropy(1) };
    const { organ, service } = createMaps({
      tree: this.#tree(),
      registers,
      shards,
      ports,
      shardBytes: 100,
      ...options,
    });
    this.files = service;
    const onEscalate = (error: unknown): void => {
      throw error;
    };
    this.system = new ActorSystem({ name: 'ftreeFileMgr', ports, outlet: {} as Outlet, bus: this.bus, onEscalate });
    this.system.start([organ]);
  }

  /** Whether a leader is within reach, as everybody here sees it. */
  async sovereign(sovereign: boolean): Promise<void> {
    this.registers.sovereign = sovereign;
    this.bus.emit('pulse.sovereignty', { sovereign });
    await this.clock.advance(1);
  }

  async put(content: Uint8Array, name?: string) {
    return this.files.put(chunks(content), name === undefined ? {} : { name });
  }

  async read(idOrName: string): Promise<Uint8Array> {
    return collect((await this.files.open(idOrName)).read());
  }

  /** Lets virtual time pass until the promise is settled; promises that wait for no clock get their turns as well. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let isOpen = true;
    const close = (): void => {
      isOpen = false;
    };
    promise.then(close, close);
    for (let passed = 0; isOpen && passed < 60_000; passed += 50) {
      await new Promise(setImmediate);
      await this.clock.advance(50);
    }
    return promise;
  }

  #tree(): TreeService {
    const unused = (): never => {
      throw new Error('a maps organ asks no peers');
    };
    return {
      self: SIGNER.node,
      tree: 'tree',
      view: () => this.view,
      recentViews: () => [this.view],
      alive: () => true,
      sovereign: () => this.registers.sovereign,
      ask: unused,
      queue: unused,
      pushShard: unused,
      pullShard: unused,
    };
  }
}

export async function* chunks(content: Uint8Array, size = 37): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += size) yield content.subarray(at, at + size);
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

/** The same bytes each time, different in every place. */
export function content(length: number, salt = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >>> 8) * 7 + salt) & 0xff);
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
}
