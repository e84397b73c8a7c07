import { isFault } from '../../contract/errors.ts';
import type { FileId, Json, NodeId } from '../../contract/words.ts';
import { partOf } from './assignment.ts';
import type { IndexContext } from './context.ts';
import { sharesOf } from './gathering.ts';
import type { SnippetsBody } from './messages.ts';
import type { Plan } from './query/plan.ts';
import type { Candidate } from './rank/retrieval.ts';
import { snippetOf } from './rank/snippet.ts';

type Snippet = { readonly id: FileId; readonly snippet: string };

/** What is shown of these files, by their ids; not complete where a holder didn't answer in time. */
export async function snippetsOf(
  context: IndexContext,
  plan: Plan,
  candidates: readonly Candidate[],
  deadlineMs: number,
): Promise<{ snippets: ReadonlyMap<FileId, string>; complete: boolean }> {
  const parts = [...new Set(candidates.map(({ id }) => partOf(id)))];
  const { shares } = sharesOf(context, parts, new Map());
  const terms = [...new Set(plan.concepts.flatMap(({ alternatives }) => alternatives.map(({ term }) => term)))];
  const asked = [...shares].map(([node, own]) => {
    const wanted = candidates
      .filter(({ id }) => own.includes(partOf(id)))
      .map(({ id, edition, passage }) => ({ id, edition, passage }));
    return snippetsAt(context, node, { scopes: plan.scopes, terms, wanted }, deadlineMs);
  });
  const snippets = new Map((await Promise.all(asked)).flat().map(({ id, snippet }) => [id, snippet]));
  return { snippets, complete: candidates.every(({ id }) => snippets.has(id)) };
}

async function snippetsAt(
  context: IndexContext,
  node: NodeId,
  body: SnippetsBody,
  deadlineMs: number,
): Promise<readonly Snippet[]> {
  if (node === context.tree.self) return ownSnippets(context, body);
  try {
    const answer = await context.tree.ask(node, 'index.snippets', body as unknown as Json, {
      deadlineMs: Math.max(1, Math.floor(deadlineMs)),
    });
    return (answer as unknown as { readonly snippets: readonly Snippet[] }).snippets;
  } catch (error) {
    if (isFault(error)) return [];
    throw error;
  }
}

/** Of the files that this cell has in these editions and scopes; of no others. */
export function ownSnippets({ memory }: IndexContext, { scopes, terms, wanted }: SnippetsBody): Snippet[] {
  const looked = new Set(terms);
  return wanted.flatMap(({ id, edition, passage }) => {
    const entry = memory.find(id);
    const scope = memory.scopeOf(id);
    if (entry?.label.edition !== edition || scope === undefined || !scopes.includes(scope)) return [];
    const shown = entry.passages[passage] ?? entry.passages[0] ?? '';
    return [{ id, snippet: snippetOf(shown, looked, entry.language) }];
  });
}
