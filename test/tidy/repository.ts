import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceText } from './rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Larger files are data, not text that a person wrote. */
const TEXT_BYTES_MAX = 1024 * 1024;

/** Folders that .gitignore names are not part of the repository, nor is git's own. */
function ignoredFolders(): Set<string> {
  const lines = readFileSync(join(ROOT, '.gitignore'), 'utf8').split('\n');
  return new Set(['.git', ...lines.filter((line) => line.endsWith('/')).map((line) => line.slice(0, -1))]);
}

/**
 * Every text file of the repository, in the order of their paths. It reads the folders instead of asking git, so that a
 * copy without history, or one that belongs to another user, is checked too.
 */
export function readRepository(): SourceText[] {
  const ignored = ignoredFolders();
  const files: SourceText[] = [];
  const enter = (folder: string): void => {
    const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (ignored.has(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) enter(path);
      else if (entry.isFile() && statSync(join(ROOT, path)).size <= TEXT_BYTES_MAX) {
        const text = readFileSync(join(ROOT, path), 'utf8');
        if (!text.includes('\0')) files.push({ path, text });
      }
    }
  };
  enter('');
  return files;
}
