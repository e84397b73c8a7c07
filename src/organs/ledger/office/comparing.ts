import { isShardHash } from '../../../contract/encoding.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { Answer, Effect, Input, Moment } from '../../../contract/organ.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import type { Hash } from '../names.ts';
import { digestOf } from '../order.ts';
import { readInput } from '../read-input.ts';
import { decidedOf } from '../records.ts';
import { rootOf } from '../root.ts';
import type { LedgerInput } from '../validator.ts';
import type { OfficeContext, OfficeStep } from './context.ts';
import { committeeIn, cursorKey, feedPlace, isOpen, type OfficeFacts, type OpenFacts } from './facts.ts';
import type { FeedAnswer, FeedBody, FetchBody, Standing } from './messages.ts';
import { kept, take } from './taking.ts';

/**
 * How every cell comes to have every outcome, whoever brought it where: cells compare the roots of their states two by two,
 * and where they differ each fetches what the other has applied and it has not. Each numbers what it has applied, so that
 * the other goes on where it stopped the last time. What is fetched proves itself.
 */

export function standingOf(facts: OpenFacts): Json {
  const { ledger } = committeeIn(facts);
  return { ledger, committee: committeeIn(facts).number, root: rootOf(facts.ledger.sum), feed: facts.feed };
}

/** Another cell at random, now and then. */
export function compare(facts: OfficeFacts, context: OfficeContext, moment: Moment): OfficeStep {
  const jitter = 0.5 + moment.random();
  const timer: Effect = {
    effect: 'timer',
    name: 'ledger.compare',
    afterMs: Math.round(LIMITS.ledgerCompareMs * jitter),
  };
  const others = facts.cells.filter((node) => node !== context.self && !facts.down.has(node));
  const peer = others[Math.floor(moment.random() * others.length)];
  if (!isOpen(facts) || peer === undefined) return { facts, effects: [timer] };
  const { effects = [], ...step } = compareWith(facts, peer, context);
  return { ...step, effects: [...effects, timer] };
}

export function compareWith(facts: OfficeFacts, peer: NodeId, context: OfficeContext): OfficeStep {
  if (!isOpen(facts) || facts.pulling.has(peer)) return { facts };
  const pulling = new Set(facts.pulling).add(peer);
  return { facts: { ...facts, pulling }, effects: [ask(context, peer, 'ledger.compare', null, 'ledger.compared')] };
}

function ask({ tree }: OfficeContext, to: NodeId, kind: string, body: Json, onAnswer: string, tag?: Json): Effect {
  const question = { effect: 'ask', to, tree, kind, body, deadlineMs: LIMITS.ledgerAskMs, onAnswer } as const;
  return tag === undefined ? question : { ...question, tag };
}

export function takeCompared(facts: OfficeFacts, { body }: Input<Answer>, context: OfficeContext): OfficeStep {
  const { to, outcome } = body;
  if (!isOpen(facts) || !outcome.ok) return finished(facts, to);
  const theirs = outcome.body as unknown as Standing;
  // A change of committee need not change the state.
  const isSame = theirs.root === rootOf(facts.ledger.sum) && theirs.committee === committeeIn(facts).number;
  if (isSame) return caughtUp(facts, to, theirs.feed);
  const known = cursorOf(facts, to);
  // A cell that has lost its disk numbers anew.
  const after = known > theirs.feed ? 0 : known;
  if (after === theirs.feed) {
    // It has nothing that is new here: so it lacks something, and had better look.
    const { tree } = context;
    const nudge: Effect = { effect: 'tell', to, tree, kind: 'ledger.nudge', body: null };
    const { facts: done } = finished(facts, to);
    return { facts: done, effects: [nudge] };
  }
  return { facts, effects: [ask(context, to, 'ledger.feed', { after }, 'ledger.listed', { after })] };
}

function cursorOf({ book }: OfficeFacts, peer: NodeId): number {
  return (book.get(cursorKey(peer)) as number | undefined) ?? 0;
}

function finished(facts: OfficeFacts, peer: NodeId): { readonly facts: OfficeFacts } {
  const pulling = new Set(facts.pulling);
  pulling.delete(peer);
  return { facts: { ...facts, pulling } };
}

function caughtUp(facts: OpenFacts, peer: NodeId, feed: number): OfficeStep {
  const { facts: done } = finished(facts, peer);
  return cursorOf(facts, peer) === feed ? { facts: done } : moved(done, peer, feed);
}

function moved(facts: OfficeFacts, peer: NodeId, feed: number): OfficeStep {
  const rows = [{ key: cursorKey(peer), value: feed }];
  const after = { ...facts, turn: facts.turn + 1 };
  facts.book.take(rows, after.turn);
  return { facts: after, writes: facts.book.writesOf(rows), effects: kept(after, rows) };
}

export function takeFeed(facts: OfficeFacts, { body }: Input<FeedBody>): OfficeStep {
  const rows = facts.book.page('feed/', feedPlace(body.after), LIMITS.ledgerFeedMax);
  return { facts, effects: [{ effect: 'reply', body: { values: rows.map(([, value]) => value) } }] };
}

export function takeListed(facts: OfficeFacts, { body }: Input<Answer>, context: OfficeContext): OfficeStep {
  const { to, outcome, tag } = body;
  if (!isOpen(facts) || !outcome.ok) return finished(facts, to);
  const { values } = outcome.body as unknown as FeedAnswer;
  const next = (tag as unknown as FeedBody).after + values.length;
  const lacking = values.filter((value) => decidedOf(facts.book, value) === undefined);
  return fetch(facts, to, lacking, next, context);
}

/** What is left to be fetched from one cell, and how far its list was read. */
interface Fetching {
  readonly asked: readonly Hash[];
  readonly lacking: readonly Hash[];
  readonly next: number;
}

/** The next few of what is lacking; once there is nothing more, how far the other's list was read. */
function fetch(
  facts: OpenFacts,
  peer: NodeId,
  lacking: readonly Hash[],
  next: number,
  context: OfficeContext,
): OfficeStep {
  if (lacking.length === 0) {
    const { facts: done } = finished(facts, peer);
    // Where there was more than one page the next comparison tells.
    return cursorOf(facts, peer) === next ? { facts: done } : moved(done, peer, next);
  }
  const values = lacking.slice(0, LIMITS.ledgerFetchMax);
  const tag = { asked: values, lacking: lacking.slice(values.length), next };
  return { facts, effects: [ask(context, peer, 'ledger.fetch', { values }, 'ledger.fetched', tag)] };
}

export function takeFetch(facts: OfficeFacts, { body }: Input<FetchBody>): OfficeStep {
  const decided: Json[] = [];
  let bytes = 0;
  for (const value of body.values) {
    const row = isShardHash(value) ? decidedOf(facts.book, value) : undefined;
    bytes += row === undefined ? 0 : JSON.stringify(row).length;
    // One alone always fits; the asker asks again for what is left.
    if (row !== undefined && (decided.length === 0 || bytes <= LIMITS.ledgerInputsBytes))
      decided.push(row as unknown as Json);
  }
  return { facts, effects: [{ effect: 'reply', body: { decided } }] };
}

export function takeFetched(
  facts: OfficeFacts,
  { body }: Input<Answer>,
  context: OfficeContext,
  moment: Moment,
): OfficeStep {
  const { to, outcome, tag } = body;
  if (!isOpen(facts) || !outcome.ok) return finished(facts, to);
  const { decided } = outcome.body as unknown as { readonly decided: readonly object[] };
  const inputs = decided.flatMap((row): LedgerInput[] => {
    const input = readInput({ kind: 'decided', ...row });
    return input === undefined ? [] : [input];
  });
  if (inputs.length === 0) return finished(facts, to);
  const { step } = take(facts, inputs, context, moment);
  const { asked, lacking, next } = tag as unknown as Fetching;
  const came = new Set(
    inputs.flatMap((input) => ('signed' in input && input.signed ? [digestOf(input.signed.body)] : [])),
  );
  // What didn't fit into one answer is asked for again; at least one came, so there is an end of it.
  const left = [...asked.filter((value) => !came.has(value)), ...lacking];
  const more = fetch(step.facts, to, left, next, context);
  return {
    facts: more.facts,
    writes: [...(step.writes ?? []), ...(more.writes ?? [])],
    effects: [...(step.effects ?? []), ...(more.effects ?? [])],
    signals: step.signals ?? [],
  };
}
