/**
 * What clients of a ledger have seen, and whether any ledger may have shown it: times are virtual milliseconds, amounts are
 * those of one asset. It knows nothing of how the ledger works.
 */

/** A payment that a client wanted. */
export interface Attempt {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly begunAt: number;
  /** When its client knew what became of it. */
  readonly endedAt: number;
  /** `unknown` may have taken place, or may do so later. */
  readonly outcome: 'settled' | 'refused' | 'unknown';
}

/** A shell as somebody was shown it. */
export interface Look {
  readonly who: string;
  readonly begunAt: number;
  readonly endedAt: number;
  readonly credits: bigint;
  readonly debits: bigint;
}

export interface LedgerHistory {
  readonly attempts: readonly Attempt[];
  readonly looks: readonly Look[];
  /** How often each payment took place, of all that ever did. */
  readonly effects: ReadonlyMap<string, number>;
  /** In the end, at each node: what each shell was paid and has paid. */
  readonly ends: readonly ReadonlyMap<string, { readonly credits: bigint; readonly debits: bigint }>[];
  /** What each shell may owe: only issuers anything. */
  readonly caps: ReadonlyMap<string, bigint>;
}

/** One sentence for each thing that must not be. */
export function flawsOf(history: LedgerHistory): string[] {
  return [...effectFlaws(history), ...lookFlaws(history), ...endFlaws(history)];
}

/** What was settled took place once; what was refused never; what nobody wanted never. */
function effectFlaws({ attempts, effects }: LedgerHistory): string[] {
  const wanted = new Set(attempts.map(({ id }) => id));
  const strange = [...effects.keys()]
    .filter((id) => !wanted.has(id))
    .map((id) => `${id} took place, and nobody wanted it`);
  return [
    ...strange,
    ...attempts.flatMap(({ id, outcome }) => {
      const times = effects.get(id) ?? 0;
      if (times > 1) return [`${id} took place ${times} times`];
      if (outcome === 'settled' && times === 0) return [`${id} was settled and did not take place`];
      return outcome === 'refused' && times > 0 ? [`${id} was refused and took place`] : [];
    }),
  ];
}

/** A look shows all that was settled before it began, nothing that was begun after it ended, and never less than another did. */
function lookFlaws({ attempts, looks, caps }: LedgerHistory): string[] {
  return looks.flatMap((look, at) => {
    const { who, credits, debits, begunAt, endedAt } = look;
    const where = `the look ${at} at ${who}`;
    const settled = attempts.filter((one) => one.outcome === 'settled' && one.endedAt < begunAt);
    const possible = attempts.filter((one) => one.begunAt <= endedAt && one.outcome !== 'refused');
    const before = looks.filter((other) => other.who === who && other.endedAt < begunAt);
    return [
      ...(credits < sumTo(settled, who) ? [`${where} lacks a payment that was settled before`] : []),
      ...(debits < sumFrom(settled, who) ? [`${where} lacks a debit that was settled before`] : []),
      ...(credits > sumTo(possible, who) ? [`${where} shows more than anybody has paid`] : []),
      ...(debits > sumFrom(possible, who) ? [`${where} shows a debit that nobody wanted`] : []),
      ...(debits - credits > (caps.get(who) ?? 0n) ? [`${where} shows less than nothing`] : []),
      ...(before.some((other) => other.credits > credits || other.debits > debits) ? [`${where} shows the past`] : []),
    ];
  });
}

/** In the end all nodes show the same, it adds up, and it is what took place. */
function endFlaws({ attempts, effects, ends }: LedgerHistory): string[] {
  const flaws = new Set<string>();
  const took = attempts.filter(({ id }) => effects.has(id));
  for (const [node, end] of ends.entries()) {
    let total = 0n;
    for (const [who, { credits, debits }] of end) {
      total += credits - debits;
      if (credits !== sumTo(took, who) || debits !== sumFrom(took, who)) {
        flaws.add(`node ${node} ends with something else than what took place at ${who}`);
      }
    }
    if (total !== 0n) flaws.add(`node ${node} ends with ${total} out of nothing`);
    for (const { from, to } of took) if (!end.has(from) || !end.has(to)) flaws.add(`node ${node} lacks a shell`);
  }
  return [...flaws];
}

function sumTo(attempts: readonly Attempt[], who: string): bigint {
  return attempts.reduce((sum, { to, amount }) => (to === who ? sum + amount : sum), 0n);
}

function sumFrom(attempts: readonly Attempt[], who: string): bigint {
  return attempts.reduce((sum, { from, amount }) => (from === who ? sum + amount : sum), 0n);
}
