import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WAYS } from '../../../src/organs/index/rank/retrieval.ts';
import { essay, Library, NOW } from './library.ts';

const view = async (library: Library, query: string, scopes?: readonly string[]) =>
  (await library.find(query, scopes)).ranked.map(({ candidate, score }) => [candidate.id, candidate.edition, score]);

describe('search', () => {
  it('puts the file that is about it first', async () => {
    const library = new Library();
    library.add('lease', 'This agreement governs the lease of the sailing boat Albatros.');
    library.add('bread', 'Knead the dough and let it rest over night.');
    library.add('notes', 'The meeting about the agreement was moved.');
    expect(await library.ids('agreements on boats')).toEqual(['lease', 'notes']);
  });

  it('finds by what a text has to do with the words, without sharing one', async () => {
    const library = new Library();
    for (let i = 0; i < 60; i++) library.add(`e${i}`, essay(i), { at: i });
    library.add('odd', 'rudder tide');
    library.learn();
    const ids = await library.ids('mast');
    expect(ids.indexOf('odd')).toBeGreaterThanOrEqual(0);
    expect(ids.indexOf('odd')).toBeLessThan(16);
  });

  it('says of what a score is made', async () => {
    const library = new Library();
    for (let i = 0; i < 60; i++) library.add(`e${i}`, essay(i));
    library.learn();
    const { ranked } = await library.find('bread and flour');
    for (const { score, shares } of ranked)
      expect(WAYS.reduce((sum, way) => sum + shares[way], 0)).toBeCloseTo(score, 9);
    expect(ranked[0]?.shares.meaning).toBeGreaterThan(0);
  });

  it('answers a partitioned memory as it answers a whole one, to the bit', async () => {
    const whole = new Library();
    for (let i = 0; i < 120; i++) whole.add(`e${i}`, essay(i));
    whole.learn();
    const queries = ['tide and anchor', 'compost', 'thing3 synapse', 'bred', 'invoice -audit'];
    const expected = await Promise.all(queries.map((query) => view(whole, query)));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 6 }), fc.infiniteStream(fc.nat(5)), async (count, places) => {
        const split = new Library(count);
        for (let i = 119; i >= 0; i--) split.add(`e${i}`, essay(i), { at: places.next().value });
        split.learn(whole);
        expect(await Promise.all(queries.map((query) => view(split, query)))).toEqual(expected);
      }),
      { numRuns: 6 },
    );
  });

  it('forgets as if it had never known', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), fc.nat(40), fc.boolean()), { maxLength: 80 }), async (acts) => {
        const used = new Library();
        const kept = new Map<number, number>();
        for (const [id, text, keep] of acts) {
          if (keep) used.add(`f${id}`, essay(text), { edition: String(text) });
          else used.partitions[0]?.forget(`f${id}`);
          if (keep) kept.set(id, text);
          else kept.delete(id);
        }
        const fresh = new Library();
        for (const [id, text] of kept) fresh.add(`f${id}`, essay(text), { edition: String(text) });
        for (const query of ['boat tide', 'thing2', 'sed'])
          expect(await view(used, query)).toEqual(await view(fresh, query));
      }),
      { numRuns: 30 },
    );
  });
});

describe('scopes', () => {
  const mixed = (): Library => {
    const library = new Library();
    library.add('ours', 'The harbour is closed.', { scope: 'tissue' });
    library.add('hers', 'The harbour of Xanadurix is secret.', { scope: 'her-key' });
    return library;
  };

  it('keep their files to themselves', async () => {
    expect(await mixed().ids('harbour', ['tissue'])).toEqual(['ours']);
    expect((await mixed().ids('harbour', ['tissue', 'her-key'])).sort()).toEqual(['hers', 'ours']);
    expect(await mixed().ids('harbour', ['nobody'])).toEqual([]);
  });

  it("don't show in another's statistics, suggestions or scores", async () => {
    const alone = new Library();
    alone.add('ours', 'The harbour is closed.');
    const queries = ['harbour', 'xanadurixx', 'closed secret'];
    for (const query of queries) {
      const [seen, expected] = [await mixed().find(query), await alone.find(query)];
      expect(seen).toEqual(expected);
    }
  });

  it('move with a file', async () => {
    const library = mixed();
    library.add('hers', 'The harbour of Xanadurix is open.', { scope: 'tissue' });
    expect(await library.ids('xanadurix', ['her-key'])).toEqual([]);
    expect(await library.ids('xanadurix')).toEqual(['hers']);
  });
});

describe('words of a query', () => {
  const library = new Library();
  library.add('cat', 'The cat sat there.');
  library.add('receipt', 'A receipt for the constructor and the hammer.');
  library.add('de', 'Die Verträge über das Boot und die Häuser am See.');

  it('stand for others only where no file has them', async () => {
    expect(await library.ids('reciept')).toEqual(['receipt']);
    expect(await library.ids('hat')).toEqual([]);
    expect((await library.find('reciept')).plan.concepts[0]).toMatchObject({
      weight: 0.8,
      alternatives: [{ term: 'receipt', weight: 1, because: 'typo' }],
    });
  });

  it('are read in the languages that there are', async () => {
    expect(await library.ids('Vertrag')).toEqual(['de']);
    expect(await library.ids('der Vertrag über ein Haus')).toEqual(['de']);
  });

  it('may be those of every object, or none at all', async () => {
    expect(await library.ids('constructor')).toEqual(['receipt']);
    for (const query of [
      '__proto__ hasOwnProperty toString',
      '',
      '   ',
      '" OR 1=1 --',
      '(((((',
      '\u202e\u0000',
      '*'.repeat(4_096),
    ]) {
      expect(await library.ids(query)).toEqual([]);
    }
  });

  it('that none may have bar a file', async () => {
    expect(await library.ids('cat receipt -hammers')).toEqual(['cat']);
    expect(await library.ids('cat receipt, but not about the hammer')).toEqual(['cat']);
  });
});

describe('filters', () => {
  it('are what a file must be', async () => {
    const library = new Library();
    library.add('old', 'boat', { storedAt: NOW - 400 * 86_400_000, type: 'pdf' });
    library.add('new', 'boat', { storedAt: NOW, type: 'pdf', owner: 'anna' });
    library.add('note', 'boat', { storedAt: NOW, type: 'md' });
    expect(await library.ids('the pdf about the boat')).toEqual(['new', 'old']);
    expect(await library.ids('the pdf about the boat from this year')).toEqual(['new']);
    expect(await library.ids('boat type:md')).toEqual(['note']);
    expect(await library.ids('boat owner:anna')).toEqual(['new']);
  });
});
