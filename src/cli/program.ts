import { Command } from 'commander';
import { register as registerConflicts } from './commands/conflicts.ts';
import { register as registerDown } from './commands/down.ts';
import { register as registerFind } from './commands/find.ts';
import { register as registerGenome } from './commands/genome.ts';
import { register as registerGet } from './commands/get.ts';
import { register as registerInvite } from './commands/invite.ts';
import { register as registerKey } from './commands/key.ts';
import { register as registerLeave } from './commands/leave.ts';
import { register as registerLetters } from './commands/letters.ts';
import { register as registerLogs } from './commands/logs.ts';
import { register as registerLs } from './commands/ls.ts';
import { register as registerNode } from './commands/node.ts';
import { register as registerPassport } from './commands/passport.ts';
import { register as registerPromote } from './commands/promote.ts';
import { register as registerPut } from './commands/put.ts';
import { register as registerRemember } from './commands/remember.ts';
import { register as registerRestore } from './commands/restore.ts';
import { register as registerRevoke } from './commands/revoke.ts';
import { register as registerRm } from './commands/rm.ts';
import { register as registerShell } from './commands/shell.ts';
import { register as registerSimulate } from './commands/simulate.ts';
import { register as registerStat } from './commands/stat.ts';
import { register as registerStatus } from './commands/status.ts';
import { register as registerUp } from './commands/up.ts';
import { register as registerVerify } from './commands/verify.ts';
import { register as registerVersion } from './commands/version.ts';
import { report } from './report.ts';
import type { Terminal } from './terminal.ts';
import { packageVersion } from './version.ts';

/** Adds one command to the program. */
export type Register = (program: Command, terminal: Terminal) => void;

const COMMANDS: readonly Register[] = [
  registerUp,
  registerDown,
  registerLogs,
  registerPut,
  registerGet,
  registerFind,
  registerLs,
  registerStat,
  registerRm,
  registerRemember,
  registerVerify,
  registerStatus,
  registerLetters,
  registerNode,
  registerInvite,
  registerLeave,
  registerRevoke,
  registerPromote,
  registerConflicts,
  registerRestore,
  registerKey,
  registerGenome,
  registerPassport,
  registerShell,
  registerSimulate,
  registerVersion,
];

const FOOTER = `
Try it:
  peertree up               grows an organism of five nodes in ./organism
  peertree put README.md    keeps a file in it
  peertree find what it is about
                            finds a file by describing it
  peertree status           shows its trees

Exit codes: 0 done, 1 failed, 2 not understood, 3 genome invalid, 4 not reachable, 5 damaged bytes, 10 and 11 a simulation broke an invariant.
`;

export function buildProgram(terminal: Terminal): Command {
  const program = new Command('peertree')
    .description('Cells that join into self-organising, self-healing trees, and keep your files alive.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', FOOTER)
    .showHelpAfterError('(peertree --help lists what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      outputError: (text, print) => print(text.replace(/^error: /, 'peertree: ')),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const register of COMMANDS) register(program, terminal);
  return program;
}

/** Runs one command line and returns its exit code; never rejects. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = buildProgram(terminal);
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return report(terminal, error, args.includes('--json'));
  }
}
