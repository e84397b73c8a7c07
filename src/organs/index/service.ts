import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { MemoryService, RememberedFile, Search, SearchAnswer, SearchResult } from '../../contract/memory.ts';
import type { CallOptions, FileInfo } from '../../contract/services.ts';
import type { FileId, Json, NodeId } from '../../contract/words.ts';
import { ALL_PARTS, holders, partOf } from './assignment.ts';
import { type IndexContext, mapOf, TISSUE } from './context.ts';
import { gatherAll } from './gathering.ts';
import { type Note, noteKey, noteOf, wantedOf } from './notes.ts';
import type { Plan } from './query/plan.ts';
import { type Question, questionOf } from './query/question.ts';
import type { Ranked } from './rank/fusion.ts';
import type { Candidate } from './rank/retrieval.ts';
import { search as searchIn } from './search.ts';
import { snippetsOf } from './snippets.ts';
import { stateOf } from './state.ts';
import { candidatesWave, knowledgeWave } from './waves.ts';

const PAGE = 10;
/** A search's time is for two waves and the snippets. */
const WAVE_SHARE = 0.4;

/** The memory of the organism, whatever node is asked. */
export function createMemoryService(context: IndexContext): MemoryService {
  return {
    search: (search, options = {}) => find(context, search, options),
    remember: (idOrName, { note, ...options } = {}) =>
      decide(context, idOrName, options, (before) => ({ remember: true, note: noteText(note) ?? before.note })),
    forget: (idOrName, options = {}) =>
      decide(context, idOrName, options, (before) => ({ ...before, remember: false })),
    stat: async (idOrName, options = {}) =>
      fileState(context, await context.catalogue.look(idOrName, options), options),
  };
}

async function find(context: IndexContext, search: Search, options: CallOptions): Promise<SearchAnswer> {
  const { limit, offset } = pageOf(search);
  const question = narrowed(questionOf(search.q, context.ports.clock.now()), search);
  // Whoever deleted or stored a file before this search began must not find what was before: the leader's word counts.
  await context.registers.read(noteKey(''), 'best', options);
  const deadlineMs = options.deadlineMs ?? LIMITS.searchDeadlineMs;
  const missing = new Set<number>();
  const wave = <T>(of: Parameters<typeof gatherAll<T>>[1]): Promise<T> =>
    gatherAll(context, of, ALL_PARTS, deadlineMs * WAVE_SHARE).then((answer) => {
      for (const part of answer.missing) missing.add(part);
      return answer.found;
    });
  const { plan, ranked } = await searchIn(
    {
      knowledge: (scopes, concepts) => wave(knowledgeWave(context, { scopes, concepts })),
      candidates: async (of) =>
        (await wave(candidatesWave(context, { plan: of }))).filter((one) => isCurrent(context, one)),
    },
    question,
    [TISSUE],
  );
  const page = ranked.slice(offset, offset + limit);
  const { snippets, complete } = await snippetsOf(
    context,
    plan,
    page.map(({ candidate }) => candidate),
    deadlineMs - 2 * deadlineMs * WAVE_SHARE,
  );
  return {
    results: page.map((one) => resultOf(context, one, snippets.get(one.candidate.id) ?? '', search.explain === true)),
    partial: missing.size > 0 || !complete,
    ...(search.explain === true ? { understood: understoodOf(question, plan) } : {}),
  };
}

/** What was deleted, stored anew, forgotten or described otherwise meanwhile is no answer, whoever still has it. */
function isCurrent(context: IndexContext, { id, edition }: Candidate): boolean {
  return wantedOf(context, id)?.edition === edition;
}

function pageOf({ limit = PAGE, offset = 0 }: Search): { limit: number; offset: number } {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.searchPageMax) {
    throw new Fault('malformed', `a page has 1 to ${LIMITS.searchPageMax} answers`);
  }
  if (!Number.isInteger(offset) || offset < 0 || offset > LIMITS.searchOffsetMax) {
    throw new Fault('malformed', `a page begins behind 0 to ${LIMITS.searchOffsetMax} answers`);
  }
  return { limit, offset };
}

/** What is asked for beside the sentence counts together with what the sentence says. */
function narrowed(question: Question, { types, owners, after, before }: Search): Question {
  const { filters } = question;
  return {
    ...question,
    filters: {
      ...filters,
      ...(types === undefined ? {} : { types: types.map((type) => type.toLowerCase().replace(/^\./, '')) }),
      ...(owners === undefined ? {} : { owners }),
      ...(after === undefined ? {} : { after: Math.max(after, filters.after ?? after) }),
      ...(before === undefined ? {} : { before: Math.min(before, filters.before ?? before) }),
    },
  };
}

function resultOf(
  context: IndexContext,
  { candidate, score, shares }: Ranked,
  snippet: string,
  explain: boolean,
): SearchResult {
  const name = context.catalogue.find(candidate.id)?.name ?? candidate.id;
  return { id: candidate.id, name, score, snippet, ...(explain ? { why: { ...shares } } : {}) };
}

function understoodOf(
  { about, filters, without }: Question,
  { concepts }: Plan,
): NonNullable<SearchAnswer['understood']> {
  return {
    about,
    words: concepts.map(({ word, alternatives }) =>
      alternatives.some(({ because }) => because === 'typo')
        ? `${word} ~ ${alternatives.map(({ term }) => term).join(', ')}`
        : word,
    ),
    without,
    types: filters.types ?? [],
    owners: filters.owners ?? [],
    after: filters.after ?? null,
    before: filters.before ?? null,
  };
}

/** How often a note is decided anew because another one came first. */
const DECISIONS_MAX = 5;

async function decide(
  context: IndexContext,
  idOrName: string,
  options: CallOptions,
  decision: (before: Note) => Note,
): Promise<RememberedFile> {
  const file = await context.catalogue.look(idOrName, options);
  for (let tries = 1; ; tries++) {
    const { note, version } = noteOf(context, file.id);
    try {
      await context.registers.set([{ key: noteKey(file.id), expected: version, value: decision(note) }], options);
      return await fileState(context, file, options);
    } catch (error) {
      if (!isFault(error, 'conflict') || tries >= DECISIONS_MAX) throw error;
      await context.registers.read(noteKey(file.id), 'linear', options);
    }
  }
}

function noteText(note: string | undefined): string | undefined {
  if (note !== undefined && note.length > LIMITS.noteCharactersMax) {
    throw new Fault('too-large', `a note has at most ${LIMITS.noteCharactersMax} characters`);
  }
  return note;
}

/** What the first live holder says that has it as it is now; `pending` where none does. */
async function fileState(context: IndexContext, file: FileInfo, options: CallOptions): Promise<RememberedFile> {
  const { id, name } = file;
  await context.registers.read(noteKey(id), 'best', options);
  const { note } = noteOf(context, id);
  if (!note.remember) return { id, name, remembered: 'forgotten', cut: false, note: note.note };
  const edition = wantedOf(context, id)?.edition;
  for (const holder of holdersOf(context, id)) {
    const state = await stateAt(context, holder, id, options);
    if (state?.held === true && state.edition === edition)
      return { id, name, remembered: state.remembered, cut: state.cut, note: note.note };
  }
  return { id, name, remembered: 'pending', cut: false, note: note.note };
}

function holdersOf(context: IndexContext, id: FileId): readonly NodeId[] {
  const map = mapOf(context);
  return map === undefined ? [] : holders(map, partOf(id)).filter((node) => context.tree.alive(node));
}

type State = ReturnType<typeof stateOf>;

async function stateAt(
  context: IndexContext,
  node: NodeId,
  id: FileId,
  options: CallOptions,
): Promise<State | undefined> {
  if (node === context.tree.self) return stateOf(context, id);
  try {
    return (await context.tree.ask(node, 'index.state', { id } satisfies Json, options)) as unknown as State;
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}
