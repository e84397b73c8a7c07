import { LIMITS } from '../../contract/limits.ts';
import { duration, type TargetOptions, wholeNumber, withTarget } from '../options.ts';
import type { Register } from '../program.ts';
import { counted, humanDuration } from '../quantity.ts';
import { withTargetNode } from '../target.ts';
import { print, printJson, say } from '../terminal.ts';

interface InviteFlags extends TargetOptions {
  readonly uses: number;
  readonly expires: number;
}

const HOUR_MS = 3_600_000;

export const register: Register = (program, terminal) => {
  const command = program
    .command('invite')
    .description('print a token that lets newcomers into the organism')
    .option('--uses <newcomers>', 'how many it lets in', wholeNumber(1, LIMITS.invitationUsesMax), 1)
    .option('--expires <duration>', 'how long it is good for, such as 10m, 1h, 7d (default: 1h)', duration, HOUR_MS);
  withTarget(command).action((flags: InviteFlags) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      const { uses, expires: expiresInMs } = flags;
      const token = await client.invite({ uses, expiresInMs });
      const join = client.url;
      if (flags.json === true) return printJson(terminal, { token, join, uses, expiresInMs });
      await print(terminal, token);
      say(
        terminal,
        `It lets in ${counted(uses, 'newcomer')} within ${humanDuration(expiresInMs)}. Whoever has it can join, so keep it private:`,
      );
      say(terminal, `  PEERTREE_INVITE=… peertree node --data DIR --port PORT --join ${join}`);
    }),
  );
};
