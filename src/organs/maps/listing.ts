import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { FileInfo, FileService } from '../../contract/services.ts';
import type { MapContext } from './context.ts';
import { infoOf, readHead } from './head.ts';
import { headKey, idIn, nameKey } from './registry.ts';

type ListOptions = NonNullable<Parameters<FileService['list']>[0]>;

/**
 * Files ascending by the UTF-8 bytes of their names, as this node knows them. `next` is what to give as `after` for the
 * files that follow; null at the end.
 */
export async function list(context: MapContext, options: ListOptions): ReturnType<FileService['list']> {
  const { registers, ports } = context;
  const limit = options.limit ?? LIMITS.filesPageMax;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.filesPageMax) {
    throw new Fault('malformed', `a page has 1 to ${LIMITS.filesPageMax} files`);
  }
  const page = registers.list({
    prefix: nameKey(options.prefix ?? ''),
    limit: limit + 1,
    ...(options.after === undefined ? {} : { after: nameKey(options.after) }),
  });
  const files: FileInfo[] = [];
  const shown = page.slice(0, limit);
  for (const register of shown) {
    const id = idIn(register);
    const head = id === undefined ? undefined : await registers.read(headKey(id), 'any');
    const read = head === undefined ? undefined : readHead(head.value);
    if (read === undefined) ports.log.warn('file.unlisted', { name: register.key });
    else files.push(infoOf(read));
  }
  const last = shown.at(-1);
  return { files, next: page.length > limit && last !== undefined ? last.key.slice(nameKey('').length) : null };
}
