import type {
  LedgerList,
  LedgerOffice,
  LedgerPage,
  LedgerService,
  OrderOutcome,
  ShellHistory,
  ShellReading,
  SlotOutcome,
} from '../../contract/ledger.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import type { Exchange } from '../exchange.ts';

/** The ledger as the node answers it. None of it need be believed: what matters is signed. */
export interface LedgerClient extends LedgerService {
  /** All rows of a list, a page at a time. */
  rows(what: LedgerList): AsyncGenerator<LedgerPage['rows'][number]>;
}

const LEDGER = '/borgShell';

export function ledgerClient(exchange: Exchange): LedgerClient {
  const at = (shell: string): string => `${LEDGER}/shells/${encodeURIComponent(shell)}`;
  const list: LedgerService['list'] = (what, { after, limit }) => {
    const query = new URLSearchParams();
    if (after !== undefined) query.set('after', after);
    if (limit !== undefined) query.set('limit', String(limit));
    return exchange.ask<LedgerPage>('GET', `${LEDGER}/${what}${query.size === 0 ? '' : `?${query}`}`);
  };
  return {
    office: (options) => exchange.ask<LedgerOffice>('GET', `${LEDGER}/committee`, options),
    submit: (signed, options) =>
      exchange.ask<OrderOutcome>('POST', `${LEDGER}/orders`, { ...options, json: bodyOf(signed) }),
    unlock: (request, options) =>
      exchange.ask<SlotOutcome>('POST', `${LEDGER}/unlocks`, { ...options, json: bodyOf(request) }),
    read: (shell, options) => exchange.ask<ShellReading>('GET', at(shell), options),
    history: (shell, after = 0) => exchange.ask<ShellHistory>('GET', `${at(shell)}/history?after=${after}`),
    proof: (value) => exchange.ask<JsonObject>('GET', `${LEDGER}/proofs/${encodeURIComponent(value)}`),
    change: (drop, options) =>
      exchange.ask<LedgerOffice>('POST', `${LEDGER}/committee/changes`, { ...options, json: { drop } }),
    list,
    rows: async function* (what) {
      for (let after: string | undefined, more = true; more; ) {
        const page = await list(what, after === undefined ? {} : { after });
        yield* page.rows;
        after = page.next ?? undefined;
        more = after !== undefined;
      }
    },
  };
}

const bodyOf = (json: Json): object => json as object;
