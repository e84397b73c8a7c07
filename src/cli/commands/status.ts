import { type TargetOptions, withTarget } from '../options.ts';
import { paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { drawStatus } from '../status-picture.ts';
import { withTargetNode } from '../target.ts';
import { print, printJson } from '../terminal.ts';

export const register: Register = (program, terminal) => {
  withTarget(program.command('status').description('show the nodes, the trees and how the stored bytes fare')).action(
    (options: TargetOptions) =>
      withTargetNode(terminal, options, async ({ client, organism }) => {
        const status = await client.status();
        if (options.json === true) return printJson(terminal, status);
        const names = new Map(organism?.nodes.map(({ id, name }) => [id, name]));
        return print(terminal, drawStatus(status, { names, paint: paintFor(terminal) }).join('\n'));
      }),
  );
};
