import type { DeadLetter, LetterService } from '../contract/letters.ts';
import type { Exchange } from './exchange.ts';

/** The dead letters of the node that a client talks to. */
export interface LetterClient {
  list(options?: Parameters<LetterService['list']>[0]): Promise<ReturnType<LetterService['list']>>;
  read(number: number): Promise<DeadLetter>;
  /** Resolves to the id of the message that was queued in its place. */
  replay(number: number): Promise<number>;
  drop(number: number): Promise<void>;
}

export function letterClient(exchange: Exchange): LetterClient {
  return {
    list: ({ after = 0, limit } = {}) =>
      exchange.ask('GET', `/letters?after=${after}${limit === undefined ? '' : `&limit=${limit}`}`),
    read: (number) => exchange.ask('GET', `/letters/${number}`),
    replay: async (number) =>
      (await exchange.ask<{ readonly message: number }>('POST', `/letters/${number}/replay`)).message,
    drop: async (number) => void (await exchange.ask('DELETE', `/letters/${number}`)),
  };
}
