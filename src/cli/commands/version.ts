import { jsonOption } from '../options.ts';
import type { Register } from '../program.ts';
import { print, printJson } from '../terminal.ts';
import { packageVersion } from '../version.ts';

export const register: Register = (program, terminal) => {
  program
    .command('version')
    .description('print the version of PeerTree and of the Node.js it runs on')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: true }) => {
      const versions = {
        version: packageVersion(),
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      };
      if (json === true) return printJson(terminal, versions);
      return print(terminal, `peertree ${versions.version} (Node.js ${versions.node}, ${versions.platform})`);
    });
};
