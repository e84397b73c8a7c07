import { readFileSync } from 'node:fs';

/** The version of this package, from its own package.json, which is as far away from the source as from the build. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
