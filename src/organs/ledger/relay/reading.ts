import { Fault } from '../../../contract/errors.ts';
import type { ShellReading } from '../../../contract/ledger.ts';
import { LIMITS } from '../../../contract/limits.ts';
import { pause } from '../../../contract/pause.ts';
import type { CallOptions } from '../../../contract/services.ts';
import { quorum } from '../committee.ts';
import type { ShellId } from '../names.ts';
import { isOrder, type Order, type Signed } from '../order.ts';
import { judgeReading, type Reading, type ShellShown } from '../reading.ts';
import type { RelayContext, Seats } from './context.ts';
import { pursue } from './submitting.ts';

/**
 * A shell as a quorum of validators shows it. What somebody has left unfinished is finished on the way, and those who lack an
 * outcome are told who has it; so an honest quorum agrees sooner or later.
 *
 * @throws Fault `deadline`, `cancelled`
 */
export async function readShell(
  context: RelayContext,
  seats: () => Promise<Seats>,
  shell: ShellId,
  { signal, deadlineMs = LIMITS.ledgerOrderMs }: CallOptions = {},
): Promise<ShellReading> {
  const { clock, entropy } = context;
  const giveUpAt = clock.monotonic() + deadlineMs;
  for (let tries = 0; clock.monotonic() < giveUpAt; tries++) {
    const now = await seats();
    const shown = await ask(context, now, shell, tries === 0 ? quorum(now.committee) : now.nodes.length);
    const reading = agreed(shown, quorum(now.committee));
    if (reading.reading === 'agreed') return { shell, row: reading.row };
    if (reading.reading === 'unfinished') await finish(context, now, reading, signal);
    else bringTogether(context, now);
    const delayMs = Math.min(LIMITS.ledgerRetryMs * 2 ** tries, LIMITS.ledgerRetryMaxMs);
    await pause(clock, delayMs * (0.5 + entropy.float() / 2), signal);
  }
  throw new Fault('deadline', 'too few validators show the same; read it again');
}

/** Any quorum that agrees is enough: a liar among the others may show what it likes. */
function agreed(shown: readonly ShellShown[], needed: number): Reading {
  const groups = new Map<string, ShellShown[]>();
  for (const one of shown) {
    if (one.open.length > 0) continue;
    const row = JSON.stringify(Object.entries(one.row).sort(([a], [b]) => (a < b ? -1 : 1)));
    groups.set(row, [...(groups.get(row) ?? []), one]);
  }
  const group = [...groups.values()].find(({ length }) => length >= needed);
  return judgeReading(group ?? shown, needed);
}

/** What the validators show; resolves with the first `enough` answers, or all that there are. */
function ask({ post }: RelayContext, { nodes }: Seats, shell: ShellId, enough: number): Promise<ShellShown[]> {
  return new Promise((resolve) => {
    const shown: ShellShown[] = [];
    let silent = 0;
    for (const node of nodes) {
      void post.send(node, { kind: 'read', shell }).then((reply) => {
        if (reply?.answer === 'shown') shown.push(reply.body as unknown as ShellShown);
        else silent += 1;
        if (shown.length >= enough || shown.length + silent === nodes.length) resolve([...shown]);
      });
    }
  });
}

/** Certificates that nobody has made settlements of: their clients may be gone. */
async function finish(
  context: RelayContext,
  seats: Seats,
  { open }: Reading & { reading: 'unfinished' },
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { deadlineMs: LIMITS.ledgerAskMs, ...(signal === undefined ? {} : { signal }) };
  await Promise.allSettled(
    open.flatMap(({ certificate, signed }) =>
      isOrder(signed.body) ? [pursue(context, seats, signed as Signed<Order>, { ...options, certificate })] : [],
    ),
  );
}

function bringTogether({ ask: askCell, own, self }: RelayContext, { nodes }: Seats): void {
  for (const node of nodes) {
    if (node === self) continue;
    void Promise.allSettled([askCell(node, 'ledger.nudge', null), own('ledger.catchup', { peer: node })]);
  }
}
