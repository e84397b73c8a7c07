import { LIMITS } from '../../contract/limits.ts';
import type { Register } from '../../contract/services.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import { addressOf, keyIn } from './address.ts';
import { answered, type Craft, change, type Decision, type Desk, type Request, refusal } from './craft.ts';

export interface QueueCraft {
  readonly name: string;
  readonly leaseMs: number;
  readonly attempts: number;
  readonly capacity: number;
  readonly deadLetters: number;
  read(verb: string, body: Json): JsonObject;
}

interface Job {
  readonly job: JsonObject;
  /** How often it has been handed out. */
  readonly attempt: number;
  /** While it is leased: until when, epoch milliseconds. */
  readonly until: number | null;
}

/** The shelves of a queue: a job is a register on one of them, and moves by being taken off and put up in one SET. */
type Shelf = 'waiting' | 'leased' | 'dead';

/**
 * Jobs in the order in which they came. All requests of a queue are worked on at one cell, so that two takers seldom get in
 * each other's way; where there are two such cells for a while, the log lets only one of them have a job.
 */
export function queueCraft(options: QueueCraft): Craft {
  const shelves = new Shelves(options);
  return {
    read: options.read,
    placeOf: () => `j/${options.name}`,
    needsFresh: () => true,
    decide: (request, desk) => decide(options, shelves, request, desk),
    dueAt: ({ value }) => (value as unknown as Job).until ?? undefined,
    // A lease that has run out is a failure like any other.
    atDue: (register, desk) => fail(options, shelves, register, desk),
    counted: shelves.prefixes,
  };
}

class Shelves {
  readonly #name: string;

  constructor({ name }: QueueCraft) {
    this.#name = name;
  }

  get prefixes(): readonly string[] {
    return (['waiting', 'leased', 'dead'] as const).map((shelf) => this.on(shelf, ''));
  }

  on(shelf: Shelf, id: string): string {
    return addressOf('job', this.#name, `${shelf}/${id}`);
  }
}

const idIn = ({ key }: Register): string => keyIn(key).split('/')[1] ?? '';
const jobIn = ({ value }: Register): Job => value as unknown as Job;
const shownJob = (register: Register): JsonObject => {
  const { job, attempt } = jobIn(register);
  return { id: idIn(register), attempt, ...job };
};

function decide(options: QueueCraft, shelves: Shelves, { verb, body }: Request, desk: Desk): Decision {
  const id = String(body.id);
  switch (verb) {
    case 'put':
      return put(options, shelves, body, desk);
    case 'take':
      return take(options, shelves, desk);
    case 'dead':
      return answered({ items: desk.list(listing(shelves.on('dead', ''))).map(shownJob), next: null });
    case 'replay':
      return replay(shelves, id, desk);
    default: {
      const leased = desk.get(shelves.on('leased', id));
      if (leased === undefined) return refusal('not-found', `nobody has the job '${id}'`);
      return verb === 'done' ? answered({}, change(leased.key, leased, null)) : fail(options, shelves, leased, desk);
    }
  }
}

const listing = (prefix: string) => ({ prefix, limit: LIMITS.filesPageMax });

function put({ capacity }: QueueCraft, shelves: Shelves, job: JsonObject, desk: Desk): Decision {
  const there = desk.count(shelves.on('waiting', '')) + desk.count(shelves.on('leased', ''));
  if (there >= capacity) return refusal('full', `${there} jobs wait or are leased, which is all there may be`);
  const id = desk.newId();
  const fresh: Job = { job, attempt: 0, until: null };
  return answered({ id }, change(shelves.on('waiting', id), undefined, { ...fresh }));
}

function take({ leaseMs }: QueueCraft, shelves: Shelves, desk: Desk): Decision {
  const [oldest] = desk.list({ prefix: shelves.on('waiting', ''), limit: 1 });
  if (oldest === undefined) return refusal('not-found', 'no job waits');
  const { job, attempt } = jobIn(oldest);
  const id = idIn(oldest);
  const leased: Job = { job, attempt: attempt + 1, until: desk.now + leaseMs };
  return answered(
    { id, attempt: leased.attempt, ...job },
    change(oldest.key, oldest, null),
    change(shelves.on('leased', id), undefined, { ...leased }),
  );
}

/** Back to its place in the order, or aside after its last attempt. */
function fail({ attempts, deadLetters }: QueueCraft, shelves: Shelves, leased: Register, desk: Desk): Decision {
  const job: Job = { ...jobIn(leased), until: null };
  const isDead = job.attempt >= attempts;
  const moved = change(shelves.on(isDead ? 'dead' : 'waiting', idIn(leased)), undefined, { ...job });
  const dropped = isDead && desk.count(shelves.on('dead', '')) >= deadLetters ? oldestDead(shelves, desk) : [];
  return answered({}, change(leased.key, leased, null), moved, ...dropped);
}

function oldestDead(shelves: Shelves, desk: Desk): ReturnType<typeof change>[] {
  return desk
    .list({ prefix: shelves.on('dead', ''), limit: 1 })
    .map((register) => change(register.key, register, null));
}

function replay(shelves: Shelves, id: string, desk: Desk): Decision {
  const dead = desk.get(shelves.on('dead', id));
  if (dead === undefined) return refusal('not-found', `there is no dead letter '${id}'`);
  const job: Job = { ...jobIn(dead), attempt: 0 };
  return answered({}, change(dead.key, dead, null), change(shelves.on('waiting', id), undefined, { ...job }));
}
