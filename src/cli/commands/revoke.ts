import { isId } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import { revocationClaim } from '../../contract/warrants.ts';
import { keyOption, operatorOf } from '../operator.ts';
import { type TargetOptions, withTarget } from '../options.ts';
import type { OrganismFile } from '../organism-file.ts';
import type { Register } from '../program.ts';
import { withTargetNode } from '../target.ts';
import { print, printJson } from '../terminal.ts';

interface RevokeFlags extends TargetOptions {
  readonly key?: string;
}

export const register: Register = (program, terminal) => {
  const command = program
    .command('revoke')
    .description("bar a member's key for good, such as one that was stolen")
    .argument('<node>', 'its id, or its name in organism.json')
    .addOption(keyOption());
  withTarget(command).action((who: string, flags: RevokeFlags) =>
    withTargetNode(terminal, flags, async ({ client, organism }) => {
      const node = idOf(who, organism);
      const operator = await operatorOf(terminal, flags);
      const status = await client.status();
      await client.revoke(node, operator.sign('organism-key', revocationClaim(status.organism, node)));
      if (flags.json === true) return printJson(terminal, { revoked: node });
      return print(terminal, `the key of ${node} is barred`);
    }),
  );
};

function idOf(who: string, organism: OrganismFile | undefined): string {
  const listed = organism?.nodes.find(({ name }) => name === who)?.id;
  if (listed !== undefined || isId(who)) return listed ?? who;
  throw new Fault('usage', `'${who}' is neither the id of a node nor a name in organism.json`);
}
