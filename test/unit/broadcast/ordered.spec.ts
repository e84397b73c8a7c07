import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { Chorus, type Outcome } from './chorus.ts';

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const ordered = { order: 'total', confirm: false } as const;

/** Every cell is told the same, in the same order, each in its place. */
function expectOneOrder(chorus: Chorus, count: number, nodes = chorus.nodes): void {
  const [first = chorus.at(1)] = nodes;
  const told = chorus.messages(first);
  expect(told.map(({ number }) => number)).toEqual(counting(count).map((index) => index + 1));
  for (const node of nodes) expect(chorus.messages(node)).toEqual(told);
}

/** From all over the tree, some at once. */
async function tellMany(chorus: Chorus, count: number, everyMs: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const index of counting(count)) {
    const from = chorus.at(1 + ((index * 7) % chorus.nodes.length));
    outcomes.push(chorus.tell(from, index, ordered));
    if (index % 3 === 2) await chorus.pass(everyMs);
  }
  return outcomes;
}

describe('the ordered channel', () => {
  it('tells every cell the same in the same order, and each publisher the place of its message', async () => {
    const chorus = new Chorus({ nodes: 12 });
    const outcomes = await tellMany(chorus, 30, 20);
    await chorus.pass(2_000);
    expectOneOrder(chorus, 30);
    const bodies = chorus.heard(chorus.at(9));
    for (const [index, { number = 0 }] of outcomes.entries()) expect(bodies[number - 1]).toBe(index);
  });

  it('keeps each author’s messages in their order, however they overtake each other', async () => {
    const chorus = new Chorus({ nodes: 9, latencyMs: 10 });
    for (const index of counting(40)) {
      chorus.tell(chorus.at(2 + (index % 2)), index, ordered);
      chorus.stage.latencyMs = 25 - (index % 9) * 2;
      await chorus.pass(3);
    }
    await chorus.pass(3_000);
    expectOneOrder(chorus, 40);
    for (const parity of [0, 1]) {
      const own = chorus.heard(chorus.at(7)).filter((body) => (body as number) % 2 === parity);
      expect(own).toEqual([...own].sort((a, b) => (a as number) - (b as number)));
    }
  });

  it('has many messages placed by one entry of the log', async () => {
    const chorus = new Chorus({ nodes: 12 });
    for (const index of counting(100)) chorus.tell(chorus.at(1 + (index % 12)), index, ordered);
    await chorus.pass(3_000);
    expectOneOrder(chorus, 100);
    expect(chorus.entries()).toBeLessThan(20);
  });

  it('can be confirmed', async () => {
    const chorus = new Chorus({ nodes: 15 });
    const outcome = chorus.tell(chorus.at(15), 'counted', { order: 'total' });
    await chorus.pass(2_000);
    expect(outcome).toEqual({ number: 1, confirmed: 15, cells: 15 });
  });

  it('is apart from what is told in the order of its author', async () => {
    const chorus = new Chorus({ nodes: 5 });
    chorus.tell(chorus.at(2), 'first', false);
    chorus.tell(chorus.at(2), 'placed', ordered);
    chorus.tell(chorus.at(2), 'second', false);
    await chorus.pass(1_000);
    for (const node of chorus.nodes) {
      const numbers = chorus.messages(node).map(({ body, order, number }) => [body, order, number]);
      expect(numbers).toHaveLength(3);
      expect(numbers).toContainEqual(['first', 'origin', 1]);
      expect(numbers).toContainEqual(['second', 'origin', 2]);
      expect(numbers).toContainEqual(['placed', 'total', 1]);
    }
  });
});

describe('without authority', () => {
  it('is refused at once in a fragment that has no majority', async () => {
    const chorus = new Chorus({ nodes: 5 });
    chorus.stage.emit(chorus.at(4), 'pulse.sovereignty', { sovereign: false });
    const outcome = chorus.tell(chorus.at(4), 'no', ordered);
    expect(outcome.code).toBe('no-authority');
    await chorus.pass(5_000);
    expect(chorus.nodes.flatMap((node) => chorus.heard(node))).toEqual([]);
  });

  it('is refused, and told to nobody, when the log gives no place in time', async () => {
    const chorus = new Chorus({ nodes: 5 });
    chorus.undecided = true;
    const outcome = chorus.tell(chorus.at(4), 'no', ordered);
    await chorus.pass(LIMITS.broadcastConfirmMs + 500);
    expect(outcome.code).toBe('no-authority');
    chorus.undecided = false;
    await chorus.pass(5_000);
    expect(chorus.nodes.flatMap((node) => chorus.heard(node))).toEqual([]);
  });

  it('gets its place from the next leader when the first one is gone', async () => {
    const chorus = new Chorus({ nodes: 6 });
    chorus.stage.crash(chorus.at(1));
    const outcome = chorus.tell(chorus.at(6), 'patient', ordered);
    await chorus.pass(800);
    chorus.leader = chorus.at(2);
    for (const node of chorus.nodes.slice(1)) chorus.stage.emit(node, 'consensus.led', { leader: chorus.leader });
    await chorus.pass(4_000);
    expect(outcome.number).toBe(1);
    expectOneOrder(chorus, 1, chorus.nodes.slice(1));
  });
});

describe('what was missed of the order', () => {
  it('is fetched at 20 % loss, and nothing comes twice though the leader is asked again', async () => {
    const chorus = new Chorus({ nodes: 10, loss: 0.2, seed: 5 });
    await chorus.pass(20_000);
    const outcomes = await tellMany(chorus, 24, 100);
    await chorus.pass(30_000);
    const placed = outcomes.filter(({ number }) => number !== undefined).length;
    const count = chorus.messages(chorus.at(1)).length;
    expect(placed).toBeGreaterThan(12);
    expect(count).toBeGreaterThanOrEqual(placed);
    const bodies = chorus.heard(chorus.at(1));
    expect(new Set(bodies).size).toBe(count);
    for (const node of chorus.nodes) expect(chorus.heard(node)).toEqual(bodies);
  });

  it.each([
    ['with the entries of the log', false],
    ['with a view alone, and a neighbour’s recollection', true],
  ])('is caught up in order by a cell that was cut off (%s)', async (_how, snapshots) => {
    const chorus = new Chorus({ nodes: 8 });
    const away = chorus.at(8);
    chorus.tell(chorus.at(3), 'before', ordered);
    await chorus.pass(1_000);
    chorus.stage.link = (from, to) => from !== away && to !== away;
    for (const index of counting(5)) chorus.tell(chorus.at(1 + index), index, ordered);
    await chorus.pass(3_000);
    chorus.stage.link = () => true;
    chorus.snapshots = snapshots;
    chorus.catchUp(away);
    chorus.snapshots = false;
    await chorus.pass(5_000);
    expectOneOrder(chorus, 6);
    chorus.tell(away, 'after', ordered);
    await chorus.pass(2_000);
    expectOneOrder(chorus, 7);
  });

  it('is had from the leader when its author died before it could tell anybody else', async () => {
    const chorus = new Chorus({ nodes: 8, view: { fanout: 2 } });
    chorus.leader = chorus.at(5);
    for (const node of chorus.nodes) chorus.stage.emit(node, 'consensus.led', { leader: chorus.leader });
    const author = chorus.at(8);
    chorus.stage.link = (from, to) => from !== author || to === chorus.leader;
    chorus.tell(author, 'last words', ordered);
    await chorus.pass(15);
    chorus.stage.crash(author);
    await chorus.pass(20_000);
    expectOneOrder(chorus, 1, chorus.nodes.slice(0, 7));
  });

  it('is given up when nobody has it, and said so; what comes after keeps its place', async () => {
    const chorus = new Chorus({ nodes: 4 });
    const [author, leader] = [chorus.at(4), chorus.at(3)];
    chorus.leader = leader;
    for (const node of chorus.nodes) chorus.stage.emit(node, 'consensus.led', { leader });
    chorus.stage.link = (from, to) => from !== author || to === leader;
    chorus.tell(author, 'lost', ordered);
    await chorus.pass(15);
    // The leader had it placed; then both are gone for good.
    for (const node of [author, leader]) chorus.stage.crash(node);
    chorus.leader = chorus.at(2);
    for (const node of chorus.nodes.slice(0, 2)) chorus.stage.emit(node, 'consensus.led', { leader: chorus.leader });
    chorus.stage.link = () => true;
    chorus.know([author, leader]);
    chorus.tell(chorus.at(1), 'next', ordered);
    await chorus.pass(40_000);
    for (const node of chorus.nodes.slice(0, 2))
      expect(chorus.messages(node).map(({ body, number }) => [body, number])).toEqual([['next', 2]]);
    expect(chorus.stage.warned).toContain('broadcast.missed');
  });
});

describe('a cell that comes later', () => {
  it('is told what is retained of the order, unless it was only for those who were there', async () => {
    const chorus = new Chorus({ nodes: 6 });
    const late = chorus.at(6);
    chorus.tell(chorus.at(2), 'first', ordered);
    chorus.tell(chorus.at(3), 'fleeting', { ...ordered, late: false });
    chorus.tell(chorus.at(4), 'third', ordered);
    await chorus.pass(2_000);
    chorus.stage.crash(late);
    chorus.start(late, 2);
    const since = chorus.stage.told.length;
    await chorus.pass(5_000);
    chorus.tell(late, 'new', ordered);
    chorus.tell(chorus.at(1), 'now', { ...ordered, late: false });
    await chorus.pass(2_000);
    const heard = chorus.messages(late, since).map(({ body, number }) => [body, number]);
    expect(heard.slice(0, 2)).toEqual(
      chorus
        .messages(chorus.at(1))
        .filter(({ body }) => body === 'first' || body === 'third')
        .map(({ body, number }) => [body, number]),
    );
    expect(
      heard
        .slice(2)
        .map(([body]) => body)
        .sort(),
    ).toEqual(['new', 'now']);
  });

  it('begins with what is told from now on where nobody else is left to recall what was', async () => {
    const chorus = new Chorus({ nodes: 1 });
    chorus.tell(chorus.at(1), 'old', ordered);
    await chorus.pass(500);
    chorus.stage.crash(chorus.at(1));
    chorus.start(chorus.at(1), 2);
    await chorus.pass(2_000);
    chorus.tell(chorus.at(1), 'new', ordered);
    await chorus.pass(500);
    expect(chorus.messages(chorus.at(1)).map(({ body, number }) => [body, number])).toEqual([
      ['old', 1],
      ['new', 2],
    ]);
  });
});
