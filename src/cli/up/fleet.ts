import type { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Admission } from './admission.ts';
import { type ChildEvent, type ChildExit, NodeChild, type NodeProgram } from './child.ts';
import type { PlannedNode } from './plan.ts';

export interface FleetOptions {
  /** Absolute path of the organism's data folder. */
  readonly folder: string;
  readonly program: NodeProgram;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute paths of the genome files that every node runs. @default the shipped ones */
  readonly genomes?: readonly string[] | undefined;
  /** Start nodes again that died. */
  readonly respawn: boolean;
  readonly say: (line: string) => void;
  /** A node has given up its places for good. */
  readonly onLeft?: (name: string) => void;
}

/** One node that the supervisor is responsible for, over all the lives of its process. */
export interface FleetMember {
  readonly name: string;
  readonly plan: PlannedNode;
  child: NodeChild | undefined;
  /** Where it is, once it has said so. */
  at: { readonly id: string; readonly url: string; readonly pid: number; readonly data: string } | undefined;
  placed: boolean;
  left: boolean;
  /** Will not be started again. */
  over: boolean;
  startedAt: number;
  deaths: number;
  timer: NodeJS.Timeout | undefined;
}

interface Waiter {
  readonly holds: () => boolean;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

/**
 * The processes of a local organism. Until `settle`, every death is a failure that whoever waits hears of; from then on
 * the dead are started again, with a pause that doubles as long as they keep dying.
 */
export class Fleet {
  readonly members: FleetMember[] = [];
  readonly #options: FleetOptions;
  #waiters: Waiter[] = [];
  #failure: Fault | undefined;
  #phase: 'growing' | 'settled' | 'stopping' = 'growing';

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  launch(plan: PlannedNode): FleetMember {
    return this.#launched(plan, false);
  }

  /** Starts a newcomer, which makes itself ready and then waits for `admit`. */
  launchNewcomer(plan: PlannedNode): FleetMember {
    return this.#launched(plan, true);
  }

  /** Lets newcomers in, with what they wait for. */
  admit(members: readonly FleetMember[], admission: Admission): void {
    for (const { child } of members) child?.tell(admission);
  }

  #launched(plan: PlannedNode, waits: boolean): FleetMember {
    const fresh = { child: undefined, at: undefined, placed: false, left: false, over: false, startedAt: 0, deaths: 0 };
    const member: FleetMember = { name: plan.name, plan, timer: undefined, ...fresh };
    this.members.push(member);
    this.#start(member, waits);
    return member;
  }

  /** Resolves as soon as it holds; rejects with the first failure of a node, or with what `fail` was called with. */
  until(holds: () => boolean): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ holds, resolve, reject }));
  }

  /** Makes every wait fail, now and later. */
  fail(fault: Fault): void {
    this.#failure ??= fault;
    for (const { reject } of this.#waiters.splice(0)) reject(this.#failure);
  }

  settle(): void {
    this.#phase = 'settled';
    // A node may have died in the very moment.
    for (const member of this.members)
      if (member.child === undefined) this.#outlive(member, { code: null, signal: null });
  }

  /** Whether no node runs and none will be started again. */
  get isOver(): boolean {
    return this.members.every((member) => member.child === undefined && (member.over || this.#phase === 'stopping'));
  }

  /**
   * Lets every node pause. Resolves to the names of those that had to be ended because they did not within `drainMs`.
   */
  async stop(drainMs: number = LIMITS.upDrainMs): Promise<string[]> {
    this.#phase = 'stopping';
    this.#failure = undefined;
    this.#signal('SIGTERM');
    const late: string[] = [];
    const timer = setTimeout(() => {
      late.push(...this.members.filter(({ child }) => child !== undefined).map(({ name }) => name));
      this.#signal('SIGKILL');
    }, drainMs);
    await this.until(() => this.isOver);
    clearTimeout(timer);
    return late;
  }

  /** Ends every node at once. */
  kill(): void {
    this.#phase = 'stopping';
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    for (const { child, timer } of this.members) {
      clearTimeout(timer);
      child?.kill(signal);
    }
  }

  #start(member: FleetMember, waits = false): void {
    const { program, env } = this.#options;
    member.startedAt = performance.now();
    member.placed = false;
    const args = [...nodeArgs(member, this.#options), ...(waits ? ['--await-admission'] : [])];
    const child: NodeChild = new NodeChild(program, args, env, {
      onEvent: (event) => this.#heard(member, event),
      onExit: (exit) => this.#died(member, child, exit),
    });
    member.child = child;
  }

  #heard(member: FleetMember, happened: ChildEvent): void {
    if (happened.event === 'ready') {
      const { id, url, pid, data } = happened;
      member.at = { id, url, pid, data };
    }
    if (happened.event === 'placed') member.placed = true;
    if (happened.event === 'left') member.left = true;
    this.#changed();
  }

  #died(member: FleetMember, child: NodeChild, exit: ChildExit): void {
    member.child = undefined;
    member.placed = false;
    if (this.#phase === 'growing') this.fail(child.fault(member.name, exit));
    if (this.#phase === 'settled') this.#outlive(member, exit);
    this.#changed();
  }

  #outlive(member: FleetMember, exit: ChildExit): void {
    const { respawn, say, onLeft } = this.#options;
    const how = exit.signal === null ? `exit code ${exit.code}` : exit.signal;
    if (member.left || exit.code === 0 || !respawn) {
      member.over = true;
      if (member.left) onLeft?.(member.name);
      say(member.left ? `${member.name} has left the organism` : `${member.name} has ended (${how})`);
      return;
    }
    const pauseMs = respawnPause(member, performance.now());
    say(`${member.name} has died (${how}); starting it again in ${(pauseMs / 1_000).toFixed(1)} s`);
    member.timer = setTimeout(() => this.#start(member), pauseMs);
  }

  #changed(): void {
    const waiting = this.#waiters;
    this.#waiters = waiting.filter(({ holds }) => !holds());
    for (const { resolve } of waiting.filter((waiter) => !this.#waiters.includes(waiter))) resolve();
  }
}

/** Doubles with every death; a node that has lived for a while is forgiven the earlier ones. */
export function respawnPause(member: Pick<FleetMember, 'deaths' | 'startedAt'>, now: number): number {
  if (now - member.startedAt > LIMITS.restartPeriodMs) member.deaths = 0;
  const pauseMs = Math.min(LIMITS.restartBackoffMaxMs, LIMITS.restartBackoffMinMs * 2 ** member.deaths);
  member.deaths += 1;
  return pauseMs;
}

function nodeArgs({ plan, at }: FleetMember, { folder, genomes = [] }: FleetOptions): string[] {
  const port = at === undefined ? plan.port : Number(new URL(at.url).port);
  const where = [
    '--data',
    `${folder}/${plan.data}`,
    '--port',
    String(port),
    '--host',
    '127.0.0.1',
    '--preset',
    'local',
  ];
  return [...where, ...genomes.flatMap((path) => ['--genome', path])];
}
