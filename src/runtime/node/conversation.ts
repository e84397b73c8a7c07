import type { Observable } from 'rxjs';
import type { Broadcasting, BroadcastOptions, BroadcastReceipt, HeardMessage } from '../../contract/broadcast.ts';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Json, TreeId } from '../../contract/words.ts';
import type { PublishBody, PublishedBody } from '../../organs/broadcast/index.ts';
import type { Body } from './body.ts';
import type { Cell } from './cells.ts';
import { Hearing, OWN_TOPICS } from './hearing.ts';
import { bodyOf } from './registers.ts';

/** What an answer may take beyond the time that the organ has for it: its number goes to the disk first. */
const MARGIN_MS = 1_000;

/** What this node tells all cells of its trees, and hears of them. */
export class Conversation implements Broadcasting {
  readonly messages$: Observable<HeardMessage>;
  readonly #body: Body;

  constructor(body: Body) {
    this.#body = body;
    this.messages$ = new Hearing(body.bus, (tree) => body.cells.get(tree)?.genome).messages$;
  }

  async broadcast(topic: string, body: Json, options: BroadcastOptions = {}): Promise<BroadcastReceipt> {
    const { genome, order = 'origin', confirm = true, late = true, deadlineMs, signal } = options;
    if (topic === '' || topic.length > LIMITS.messageKindMax)
      throw new Fault('malformed', `a topic has 1-${LIMITS.messageKindMax} characters`);
    if (topic.startsWith(OWN_TOPICS))
      throw new Fault('malformed', `topics that begin with ${OWN_TOPICS} are the runtime's`);
    const waitMs = deadlineMs ?? LIMITS.broadcastConfirmMs;
    const publication: PublishBody = {
      tree: this.#treeOf(genome),
      topic,
      body,
      order,
      confirm,
      late,
      deadlineMs: waitMs,
    };
    const input = { kind: 'broadcast.publish', body: publication };
    const asked = this.#body.stem.deliver(input, { deadlineMs: waitMs + MARGIN_MS });
    const outcome = signal === undefined ? await asked : await Promise.race([asked, cancelledBy(signal)]);
    return bodyOf(outcome) as unknown as PublishedBody;
  }

  #treeOf(genome: string | undefined): TreeId {
    const cells = [...this.#body.cells.values()];
    const cell = genome === undefined ? cells[0] : cells.find((one: Cell) => one.genome === genome);
    if (cell === undefined) throw new Fault('no-actor', `this node has no cell of ${genome ?? 'any genome'}`);
    return cell.tree;
  }
}

/** What is told can't be taken back, but nobody waits any longer. */
function cancelledBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(new Fault('cancelled'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
