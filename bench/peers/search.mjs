import { create, insert, search } from '@orama/orama';
import MiniSearch from 'minisearch';
import snowball from 'snowball-stemmers';

/**
 * Search engines for the same collections, each at its defaults and at the best setting that was found on even-numbered
 * queries.
 */

const ANSWERS = 100;
const porter = snowball.newStemmer('english');

/** @param {string} word */
const stem = (word) => porter.stem(word.toLowerCase());

/** @param {string} name @param {object} options @param {object} searching */
function miniSearch(name, options, searching) {
  return {
    name,
    async index(documents) {
      const engine = new MiniSearch({ fields: ['title', 'text'], ...options });
      engine.addAll(documents.map(({ id, title, text }) => ({ id, title, text })));
      return async (query) =>
        engine
          .search(query, searching)
          .slice(0, ANSWERS)
          .map(({ id }) => id);
    },
  };
}

/** @param {string} name @param {object} tokenizer @param {object} searching */
function orama(name, tokenizer, searching) {
  return {
    name,
    async index(documents) {
      const engine = create({ schema: { id: 'string', title: 'string', text: 'string' }, ...tokenizer });
      for (const { id, title, text } of documents) await insert(engine, { id, title, text });
      return async (query) => {
        const { hits } = await search(engine, {
          term: query,
          properties: ['title', 'text'],
          limit: ANSWERS,
          ...searching,
        });
        return hits.map(({ document }) => document.id);
      };
    },
  };
}

export const contestants = [
  miniSearch('MiniSearch, defaults', {}, {}),
  miniSearch('MiniSearch, tuned', { processTerm: stem }, { bm25: { k: 0.9, b: 0.4, d: 0.5 } }),
  orama('Orama, defaults', {}, {}),
  orama(
    'Orama, tuned',
    { components: { tokenizer: { language: 'english', stemming: true } } },
    { exact: true, relevance: { k: 0.9, b: 0.4, d: 0.5 } },
  ),
];
