import { once } from 'node:events';
import { absolute, dataOption, jsonOption } from '../options.ts';
import type { Register } from '../program.ts';
import { print, printJson, say, type Terminal } from '../terminal.ts';
import { supervisorOf } from '../up/lock.ts';

interface DownFlags {
  readonly data: string;
  readonly json?: true;
}

export const register: Register = (program, terminal) => {
  program
    .command('down')
    .description('halt the organism that runs in a data folder, and wait until it has')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((flags: DownFlags) => down(terminal, flags));
};

async function down(terminal: Terminal, { data, json }: DownFlags): Promise<void> {
  const supervisor = await supervisorOf(absolute(terminal.cwd, data));
  if (supervisor !== undefined) {
    const gone = once(supervisor.socket, 'close');
    if (json !== true) say(terminal, `halting the organism of ${data} (process ${supervisor.pid})`);
    process.kill(supervisor.pid, 'SIGTERM');
    // The socket is open as long as the process lives, so its end can't be missed or mistaken.
    supervisor.socket.resume();
    await gone;
  }
  if (json === true) return printJson(terminal, { stopped: supervisor !== undefined, pid: supervisor?.pid ?? null });
  return print(terminal, supervisor === undefined ? `nothing runs in ${data}` : 'it is down');
}
