import { LIMITS } from '../../contract/limits.ts';
import type { Clock } from '../../contract/ports.ts';
import type { Lane, Message, Result } from '../../contract/wire.ts';

export interface Delivery {
  readonly lane: Lane;
  readonly clock: Clock;
  /** Calls `done` once, within the call or later. Must not throw: what goes wrong with a message is its result. */
  deliver(message: Message, done: (result: Result) => void): void;
}

/**
 * Hands a frame's messages to their organs: those of the ordered lane one after the other, those of the control lane all
 * at once. What isn't answered within `LIMITS.answerTimeoutMs` is answered `busy`, because nothing may hold a frame for ever.
 */
export function deliverAll(
  messages: readonly Message[],
  { lane, clock, deliver }: Delivery,
): Promise<readonly Result[]> {
  const [only] = messages;
  if (messages.length === 1 && only !== undefined) return deliverOne(only, clock, deliver);
  return new Promise((resolve) => {
    const results: (Result | undefined)[] = [];
    let open = messages.length;
    let late = false;

    const finish = (): void => {
      cancel();
      resolve(messages.map((message, index) => results[index] ?? busy(message)));
    };
    const cancel = clock.schedule(LIMITS.answerTimeoutMs, () => {
      late = true;
      finish();
    });
    const start = (index: number): void => {
      const message = messages[index];
      // A message of an ordered frame that is late must not be overtaken: the rest waits for the next attempt.
      if (message === undefined || late) return;
      deliver(message, (result) => {
        results[index] = result;
        open -= 1;
        if (open === 0) finish();
        else if (lane === 'ordered') start(index + 1);
      });
    };

    if (lane === 'ordered') start(0);
    else for (let index = 0; index < messages.length; index++) start(index);
  });
}

/** Most frames have one message: it needs no list and no order. */
function deliverOne(message: Message, clock: Clock, deliver: Delivery['deliver']): Promise<readonly Result[]> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(LIMITS.answerTimeoutMs, () => resolve([busy(message)]));
    deliver(message, (result) => {
      cancel();
      resolve([result]);
    });
  });
}

function busy({ id }: Message): Result {
  return { id, status: 'busy', retryAfterMs: LIMITS.resendMaxMs };
}
