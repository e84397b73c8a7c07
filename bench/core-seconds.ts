/**
 * Seconds of a core that the work takes in this process, garbage collection included. What others do on the machine makes
 * them no more, so it is the clock of what one process does by itself.
 */
export async function coreSeconds(work: () => unknown): Promise<number> {
  const begun = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000_000;
}
