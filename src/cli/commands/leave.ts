import { Fault } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/nearest.ts';
import { interruptible } from '../interrupt.ts';
import { absolute, type TargetOptions, withTarget } from '../options.ts';
import { type ListedNode, readOrganismFile } from '../organism-file.ts';
import type { Register } from '../program.ts';
import { withTargetNode } from '../target.ts';
import { print, printJson, type Terminal } from '../terminal.ts';

export const register: Register = (program, terminal) => {
  const command = program
    .command('leave')
    .description('have a node hand over what it holds, give up its places, and end')
    .argument('[node]', 'its name or id in organism.json; may be left out with --at, or where there is only one');
  withTarget(command).action(async (who: string | undefined, flags: TargetOptions) => {
    const left = await leave(terminal, who, flags);
    if (flags.json === true) return printJson(terminal, { left });
    return print(terminal, `${left} has left the organism`);
  });
};

async function leave(terminal: Terminal, who: string | undefined, flags: TargetOptions): Promise<string> {
  if (flags.at !== undefined) {
    return withTargetNode(terminal, flags, ({ client }) => interruptible((signal) => client.leave({ signal })));
  }
  const file = await readOrganismFile(absolute(terminal.cwd, flags.data));
  const node = chooseNode(file?.nodes ?? [], who, flags.data);
  const { connect } = await import('../../client/index.ts');
  const client = connect({ url: node.url, pin: node.id });
  try {
    return await interruptible((signal) => client.leave({ signal }));
  } finally {
    await client.close();
  }
}

/** Nobody leaves by accident: with several nodes the one that shall go is named. */
export function chooseNode(nodes: readonly ListedNode[], who: string | undefined, data: string): ListedNode {
  const [only] = nodes;
  if (only === undefined) throw new Fault('unreachable', `${data} lists no nodes`);
  if (who === undefined && nodes.length === 1) return only;
  const names = nodes.map(({ name }) => name);
  if (who === undefined) throw new Fault('usage', `which node shall leave? ${data} has ${names.join(', ')}`);
  const found = nodes.find(({ name, id }) => name === who || id === who);
  if (found === undefined) throw new Fault('usage', `${data} has no node '${who}'${didYouMean(who, names)}`);
  return found;
}
