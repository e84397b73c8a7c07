import { isFault } from '../../../src/contract/errors.ts';
import { openDataFolder } from '../../../src/runtime/data-folder.ts';

/**
 * Opens the folder `PATH` at the moment `AT` (epoch milliseconds), says what came of it, and keeps it open until it is
 * killed.
 */
const [path = '', at = '0'] = process.argv.slice(2);
const say = (fact: object): void => void process.stdout.write(`${JSON.stringify(fact)}\n`);

// Hot waiting: children that start together are to meet within microseconds.
while (Date.now() < Number(at));
try {
  const folder = await openDataFolder(path);
  say({ won: true, key: folder.keyPem });
  setInterval(() => undefined, 1_000);
} catch (error) {
  say({ won: false, code: isFault(error) ? error.code : String(error) });
}
