import { beforeEach, describe, expect, it } from 'vitest';
import { PRESETS } from '../../../src/contract/limits.ts';
import { Logbook, nodeOf } from './logbook.ts';
import { LoneOrgan } from './lone-organ.ts';

const founder = nodeOf('founder');
const { retryMinMs, retryMaxMs } = PRESETS.lan;
let log: Logbook;
let organ: LoneOrgan;

/** A member that has the log. */
function member(): LoneOrgan {
  return new LoneOrgan('a').give('consensus.append', { records: log.records, proof: log.proof() }, founder);
}

beforeEach(() => {
  log = new Logbook();
  log.join('a');
  organ = member();
});

const pauses = () => organ.effectsOf('timer').map(({ name, afterMs }) => ({ name, afterMs }));

describe("the leader's answer", () => {
  const settled = (mode: string, tag: string, body: { version: number } | { code: string; detail?: string }) => {
    organ.mode = mode;
    return organ.answer('consensus.settled', founder, body, tag).signals;
  };

  it('to a return counts once this node has the log that far, which it fetches', () => {
    const { version } = log.view;
    expect(settled('returning', 'return', { version })).toEqual([{ type: 'consensus.settled' }]);
    expect(settled('returning', 'return', { version: version + 1 })).toEqual([]);
    expect(organ.effectsOf('ask')).toMatchObject([{ kind: 'consensus.fetch', to: founder }]);
  });

  it('to a leave counts at once: a stranger can fetch nothing', () => {
    expect(settled('leaving', 'leave', { version: 99 })).toEqual([{ type: 'consensus.settled' }]);
    expect(organ.effects).toEqual([]);
    expect(settled('leaving', 'leave', { code: 'not-a-member' })).toEqual([{ type: 'consensus.settled' }]);
  });

  it('to a question of another mode counts no more', () => {
    expect(settled('leaving', 'return', { version: 1 })).toEqual([]);
    expect(settled('leaving', 'return', { code: 'refused' })).toEqual([]);
    expect(settled('placed', 'leave', { version: 1 })).toEqual([]);
  });

  it.each(['refused', 'superseded', 'revoked'])('%s is for good', (code) => {
    const fault = code === 'revoked' ? 'refused' : code;
    const refuse = { type: 'consensus.refuse', code: fault, detail: 'why' };
    expect(settled('returning', 'return', { code, detail: 'why' })).toEqual([refuse]);
    expect(settled('leaving', 'leave', { code, detail: 'why' })).toEqual([refuse]);
  });

  it.each(['deadline', 'unreachable', 'busy', 'starting', 'not-a-member'])('%s only means to ask again', (code) => {
    expect(settled('returning', 'return', { code })).toEqual([]);
    expect(organ.effects).toEqual([]);
  });

  it('that a node can not be spared keeps it', () => {
    expect(settled('leaving', 'leave', { code: 'no-authority' })).toMatchObject([{ code: 'no-authority' }]);
  });
});

describe('a node that asks for its place', () => {
  it('says who it is, and asks again after pauses that grow up to a limit', () => {
    organ.act('askToReturn', { type: 'consensus.again' });
    const [ask] = organ.effectsOf('ask');
    expect(ask).toMatchObject({ to: founder, kind: 'consensus.propose', tag: 'return' });
    expect(ask?.body).toMatchObject({ command: { type: 'return', member: { node: nodeOf('a'), revoked: false } } });
    for (let attempt = 1; attempt < 20; attempt++) {
      organ.act('askToReturn', { type: 'consensus.again' });
      const most = Math.min(retryMaxMs, retryMinMs * 2 ** organ.facts.attempts);
      const [pause] = pauses();
      expect(pause?.name).toBe('consensus.tryAgain');
      expect(pause?.afterMs).toBeGreaterThanOrEqual(most / 2);
      expect(pause?.afterMs).toBeLessThanOrEqual(most);
    }
    organ.give('consensus.tryAgain', undefined);
    expect(organ.signals).toEqual([{ type: 'consensus.again' }]);
  });

  it('begins anew with short pauses once it has been admitted', () => {
    for (let attempt = 0; attempt < 9; attempt++) organ.act('askToReturn', { type: 'consensus.again' });
    organ.act('tellAdmitted', { type: 'consensus.admitted' });
    expect(organ.effects).toContainEqual({ effect: 'untimer', name: 'consensus.tryAgain' });
    expect(organ.facts.attempts).toBe(0);
  });
});

describe('a newcomer', () => {
  const join = { contacts: ['x', 'y', 'z'].map(nodeOf), invitation: { id: nodeOf('i'), signature: 's' } };

  beforeEach(() => {
    organ = new LoneOrgan('b', { join });
    organ.mode = 'joining';
  });

  it('asks one contact after the other, round and round', () => {
    const asked = Array.from({ length: 4 }, () => {
      const [ask] = organ.act('askToJoin', { type: 'consensus.again' }).effectsOf('ask');
      return ask?.to;
    });
    expect(asked).toEqual(['x', 'y', 'z', 'x'].map(nodeOf));
    expect(organ.effectsOf('ask')[0]?.body).toMatchObject({ node: nodeOf('b'), invitation: join.invitation });
  });

  it('fetches the log from who let it in, and goes on asking should that fail', () => {
    organ.answer('consensus.joined', nodeOf('x'), { version: 5 });
    expect(organ.effectsOf('ask')).toMatchObject([{ to: nodeOf('x'), kind: 'consensus.fetch', body: { after: 0 } }]);
    expect(pauses()).toHaveLength(1);
    organ.answer('consensus.joined', nodeOf('y'), { code: 'no-authority' });
    expect(pauses()).toHaveLength(1);
    expect(organ.signals).toEqual([]);
  });

  it('hears a late answer without going back', () => {
    organ.mode = 'placed';
    const before = organ.facts;
    organ.answer('consensus.joined', nodeOf('x'), { code: 'refused' });
    expect([organ.facts, organ.effects, organ.signals]).toEqual([before, [], []]);
  });
});
