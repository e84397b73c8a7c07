import type { Client } from '../../client/index.ts';
import { Fault } from '../../contract/errors.ts';
import { ordinalOf } from '../../contract/generation.ts';
import type { PromotionDraft } from '../../contract/services.ts';
import { promotionClaim } from '../../contract/warrants.ts';
import { keyOption, operatorOf } from '../operator.ts';
import { type TargetOptions, withTarget } from '../options.ts';
import type { Register } from '../program.ts';
import { counted } from '../quantity.ts';
import { withTargetNode } from '../target.ts';
import { print, printJson, say, type Terminal } from '../terminal.ts';

interface PromoteFlags extends TargetOptions {
  readonly force?: true;
  readonly despiteMajority?: true;
  readonly key?: string;
}

export const register: Register = (program, terminal) => {
  const command = program
    .command('promote')
    .description('have the nodes that are left decide again, after most voters were lost for good')
    .option('--force', 'do it; without, only say what would be done')
    .option('--despite-majority', 'even where a leader with a majority is within reach')
    .addOption(keyOption());
  withTarget(command).action((flags: PromoteFlags) =>
    withTargetNode(terminal, flags, ({ client }) => promote(terminal, flags, client)),
  );
};

async function promote(terminal: Terminal, flags: PromoteFlags, client: Client): Promise<void> {
  const draft = await client.draftPromotion();
  if (flags.force !== true) return announce(terminal, flags, draft);
  if (draft.sovereign && flags.despiteMajority !== true)
    throw new Fault(
      'conflict',
      'a leader with a majority of the voters is within reach: nothing needs to be forced. --despite-majority does it all the same.',
    );

  const operator = await operatorOf(terminal, flags);
  const warrant = operator.sign('organism-key', promotionClaim(draft.organism, draft.promotion));
  const options = { despiteMajority: flags.despiteMajority === true };
  const { generation, version } = await client.promote({ ...draft.promotion, warrant }, options);
  const { by, keeps } = draft.promotion;
  if (flags.json === true) return printJson(terminal, { promoted: by, generation, version, keeps, lost: draft.lost });
  await print(terminal, `generation ${ordinalOf(generation)} has begun: ${by} leads it`);
  say(terminal, `It goes on from version ${draft.promotion.after} with ${counted(keeps.length, 'node')}.`);
  say(terminal, 'Whoever comes back follows it; what they had decided otherwise: peertree conflicts');
}

/** What `--force` would do. It is no failure, and nothing was done. */
async function announce(terminal: Terminal, flags: PromoteFlags, draft: PromotionDraft): Promise<void> {
  const { promotion, lost, sovereign } = draft;
  const { by, keeps, after, generation } = promotion;
  if (flags.json === true)
    return printJson(terminal, { promoted: null, by, generation, after, keeps, lost, sovereign });
  const lines = [
    `--force would begin generation ${ordinalOf(generation)} from version ${after}, led by ${by}`,
    `kept: ${counted(keeps.length, 'node')}`,
    ...keeps.map((node) => `  ${node}`),
    `without their slots until they come back: ${counted(lost.length, 'node')}`,
    ...lost.map((node) => `  ${node}`),
    'What they have decided since and this node has not seen becomes void, and is kept as conflict versions if they come back.',
    sovereign
      ? 'But a leader with a majority is within reach: nothing needs to be forced.'
      : 'No majority of the voters is within reach.',
  ];
  await print(terminal, lines.join('\n'));
}
