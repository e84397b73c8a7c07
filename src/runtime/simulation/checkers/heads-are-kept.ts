import { canonical } from '../../../contract/encoding.ts';
import type { Json } from '../../../contract/words.ts';
import type { Invariant } from '../invariant.ts';

interface Head {
  readonly version: number;
  readonly previous: string | null;
}

export const headsAreKept: Invariant = {
  name: 'heads-are-kept',
  promise: "A file's head that was acknowledged is never lost, and no version of a file has two heads.",
  how: 'Every head that reaches a disk is compared with all heads of that file and version; versions on one disk only grow. What was acknowledged is read back at the end, by `files-read-back`.',
  holds: 'always',
  watch: (scene) => {
    const heads = new Map<string, string>();
    return {
      see: (observation) => {
        if (observation.what !== 'flushed') return;
        for (const write of observation.writes) {
          if (write.table !== 'registers' || !write.key.includes('/head:') || !('value' in write)) continue;
          const { value } = write.value as unknown as { value: Json };
          const head = value as unknown as Head;
          const version = `${write.key}/${head.version}`;
          const text = canonical(value);
          const known = heads.get(version) ?? text;
          heads.set(version, known);
          if (known !== text)
            scene.violate(`node ${observation.node.index} has another head ${head.version} of ${write.key}`);
        }
      },
    };
  },
};
