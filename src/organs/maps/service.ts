import type { FileService } from '../../contract/services.ts';
import { assertWritable, type MapContext } from './context.ts';
import { download } from './download.ts';
import { infoOf } from './head.ts';
import { list } from './listing.ts';
import { assertMayPut, publish, unpublish } from './publish.ts';
import { findHead } from './registry.ts';
import { upload } from './upload.ts';
import { verify } from './verification.ts';

/** Files, whatever node they are asked of. */
export function createFileService(context: MapContext): FileService {
  return {
    put: async (source, { name, ifAbsent = false, bytes, onProgress, ...call }) => {
      assertWritable(context);
      const publication = { name, ifAbsent };
      await assertMayPut(context, publication, call);
      const uploaded = await upload(context, source, {
        ...call,
        ...(bytes === undefined ? {} : { bytes }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      assertWritable(context);
      return publish(context, uploaded, publication, call);
    },

    open: async (idOrName, options = {}) => {
      const head = await findHead(context, idOrName, options);
      return { ...infoOf(head), read: (call = {}) => download(context, head, call) };
    },

    remove: async (idOrName, options = {}) => {
      assertWritable(context);
      return unpublish(context, idOrName, options);
    },

    list: (options = {}) => list(context, options),

    verify: async (idOrName, options = {}) => verify(context, await findHead(context, idOrName, options), options),
  };
}
