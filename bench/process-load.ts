import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** What a process takes, by what Linux tells of it. */

/** Undefined where the system doesn't tell; the sentence says so. */
export function unreadableReason(): string | undefined {
  return process.platform === 'linux' ? undefined : 'needs the proc file system of Linux';
}

/**
 * Bytes of memory that are the process's own. Not VmRSS: that counts the mapped file of the store, which the system
 * takes back whenever it wants.
 */
export async function anonymousBytes(pid: number): Promise<number> {
  const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`the status of process ${pid} has no RssAnon`);
  return Number(kibibytes) * 1024;
}

/** Seconds of processor time since the process's start, all threads, in user and system mode. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in parentheses, which may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond();
}

let ticks: number | undefined;

function ticksPerSecond(): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks;
}
