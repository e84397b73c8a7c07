import { LIMITS } from '../../contract/limits.ts';
import { pause } from '../../contract/pause.ts';
import type { RegisterWrite } from '../../contract/services.ts';
import { MARKS, organOf, POSTS, placeOfAddress } from './address.ts';
import type { KeeperContext } from './context.ts';
import type { Desk } from './craft.ts';
import type { Performing } from './performing.ts';
import { placed } from './placing.ts';
import type { Posting } from './posting.ts';
import { passing } from './transience.ts';
import { noteRegister } from './watching.ts';

/** How long what is due at another cell, or could not be done, waits until it is looked at again. */
const AGAIN_MS = 500;

/** Looks after what becomes due: timers, leases, times to live, messages that were not delivered. */
export class Sweeping {
  readonly #context: KeeperContext;
  readonly #performing: Performing;
  readonly #posting: Posting;
  readonly #underWay = new Set<string>();

  constructor(context: KeeperContext, performing: Performing, posting: Posting) {
    this.#context = context;
    this.#performing = performing;
    this.#posting = posting;
  }

  /** Reads what there is, a page at a time, so that a large catalogue doesn't hold up the node. */
  async load(signal: AbortSignal): Promise<void> {
    const { registers, ports, almanac, residents } = this.#context;
    almanac.clear();
    residents.clear();
    for (let after: string | undefined; ; ) {
      const page = registers.list({
        prefix: '',
        limit: LIMITS.keeperLoadPage,
        ...(after === undefined ? {} : { after }),
      });
      for (const register of page) noteRegister(this.#context, register);
      after = page.at(-1)?.key;
      if (page.length < LIMITS.keeperLoadPage) return;
      await pause(ports.clock, 0, signal);
    }
  }

  /** Sets to work on what is due here, and tells when something may be due next. */
  sweep(): number | undefined {
    const { almanac, ports, tree, residents } = this.#context;
    const now = ports.clock.now();
    residents.passivate(now);
    if (!tree.sovereign()) return almanac.nextAt;
    this.#standing();
    const marks: string[] = [];
    for (const address of almanac.takeDue(now, LIMITS.keeperDueMax)) {
      // Whether it is done here, done elsewhere or not done at all: what is still due then comes up again.
      almanac.wake(address, now + AGAIN_MS);
      if (!this.#isMine(placeOfAddress(address)) || this.#underWay.has(address)) continue;
      if (address.startsWith(MARKS)) marks.push(address);
      else this.#start(address, () => this.#see(address));
    }
    for (let start = 0; start < marks.length; start += LIMITS.registerWritesMax) {
      const some = marks.slice(start, start + LIMITS.registerWritesMax);
      this.#start(some[0] ?? '', () => this.#performing.change(some[0] ?? '', (desk) => removals(desk, some)));
    }
    return almanac.nextAt;
  }

  async #see(address: string): Promise<void> {
    if (organOf(address) !== undefined) return this.#performing.due(address, placeOfAddress(address));
    const post = address.startsWith(POSTS) ? this.#context.registers.peek(address) : undefined;
    if (post !== undefined) await this.#posting.deliver(post);
  }

  /** Registers that the genome wants to be there. */
  #standing(): void {
    for (const [name, { standing }] of this.#context.crafts) {
      if (standing !== undefined && this.#isMine(name) && !this.#underWay.has(name))
        this.#start(name, () => this.#performing.change(name, standing));
    }
  }

  #start(what: string, work: () => Promise<void>): void {
    this.#underWay.add(what);
    const end = (): boolean => this.#underWay.delete(what);
    work().then(end, (error: unknown) => {
      end();
      // One key that can't be worked on is no reason to stop for all others; it comes up again.
      if (passing(error) === undefined) this.#context.ports.log.error('keeper.failed', { what, error: String(error) });
    });
  }

  #isMine(place: string): boolean {
    return placed(this.#context.tree, place) === this.#context.tree.self;
  }
}

function removals(desk: Desk, addresses: readonly string[]): readonly RegisterWrite[] {
  return addresses.flatMap((address) => {
    const register = desk.get(address);
    return register === undefined ? [] : [{ key: address, expected: register.version, value: null }];
  });
}
