import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Extraction } from '../../contract/memory.ts';
import { pause } from '../../contract/pause.ts';
import type { FileHandle, FileInfo } from '../../contract/services.ts';
import { slotOf } from '../../contract/slots.ts';
import type { FileId } from '../../contract/words.ts';
import { partsOf } from './assignment.ts';
import { type IndexContext, mapOf, TISSUE } from './context.ts';
import { type Note, wantedOf } from './notes.ts';
import { type Row, rowRemoval, rowsOf, rowWrite } from './rows.ts';
import type { Label } from './store/scope-index.ts';
import { analyseInTurns } from './text/analysis.ts';
import { endingOf } from './text/ending.ts';

/** Kinds of files whose text may lie anywhere in them; of all others only the beginning is fetched. */
const WHOLE = new Set(['pdf', 'docx', 'jpg', 'jpeg', 'png', 'tif', 'tiff', 'heic', 'avif']);
/** What is fetched beyond the text that is kept, so that it shows that there is more. */
const BEYOND_BYTES = 4;

/** Failures after which the file is tried again: nothing is wrong with it. */
const PASSING = new Set([
  'unreachable',
  'deadline',
  'busy',
  'maybe-elsewhere',
  'no-authority',
  'starting',
  'stopping',
  'cancelled',
]);

/** Reads files into the memory of this cell, one at a time, and lets others have their turn in between. */
export class Reader {
  readonly #context: IndexContext;

  constructor(context: IndexContext) {
    this.#context = context;
  }

  /** Takes up what the disk has of the files that this cell holds, as far as it is still what they are. */
  async wake(signal: AbortSignal): Promise<void> {
    const { memory, tree } = this.#context;
    const map = mapOf(this.#context);
    memory.hold([]);
    // Whoever has no slot yet may get the one back that it had.
    if (map === undefined || slotOf(map, tree.self) === 0) return;
    memory.hold(partsOf(map, tree.self));
    for (const [id, row] of rowsOf(this.#context)) {
      if (memory.holds(id) && wantedOf(this.#context, id)?.edition === row.edition) await this.#take(id, row, signal);
      else await this.#drop(id);
    }
  }

  /** A row that is not needed any more is only in the way: a full disk must not keep the cell from waking. */
  async #drop(id: FileId): Promise<void> {
    const { ports } = this.#context;
    try {
      await ports.store.commit([rowRemoval(this.#context, id)]);
    } catch (error) {
      if (!isFault(error)) throw error;
      ports.log.warn('memory.unremoved', { file: id, code: error.code });
    }
  }

  /** Whether the memory has of a file what it should. What it should not have is gone when this returns. */
  settled(id: FileId): boolean {
    const { memory } = this.#context;
    const wanted = memory.holds(id) ? wantedOf(this.#context, id) : undefined;
    const known = memory.outcome(id);
    if (known !== undefined && known.edition !== wanted?.edition) memory.forget(id);
    return wanted === undefined || known?.edition === wanted.edition;
  }

  /**
   * Brings the memory of one file up to date.
   *
   * @throws Fault where it is to be tried again
   */
  async read(id: FileId, signal: AbortSignal): Promise<void> {
    const { ports } = this.#context;
    if (this.settled(id)) {
      if (this.#context.memory.outcome(id) === undefined) await this.#drop(id);
      return;
    }
    const wanted = wantedOf(this.#context, id);
    if (wanted === undefined) return;
    const row = rowOf(wanted, await this.#extractionOf(wanted.file, signal));
    await ports.store.commit([rowWrite(this.#context, id, row)]);
    // The file may have changed meanwhile: then it is in the queue again, and the row is replaced.
    if (wantedOf(this.#context, id)?.edition === row.edition) await this.#take(id, row, signal);
  }

  async #take(id: FileId, row: Row, signal: AbortSignal): Promise<void> {
    const { memory, ports } = this.#context;
    const analysed = await analyseInTurns(row, () => pause(ports.clock, 0, signal));
    if (wantedOf(this.#context, id)?.edition !== row.edition) return;
    const label: Label = {
      id,
      name: row.name,
      edition: row.edition,
      type: endingOf(row.name),
      owner: row.scope === TISSUE ? '' : row.scope,
      storedAt: row.storedAt,
    };
    memory.remember(row.scope, label, analysed, { edition: row.edition, remembered: row.remembered, cut: row.cut });
  }

  async #extractionOf(file: FileInfo, signal: AbortSignal): Promise<Extraction> {
    const { files, extractor } = this.#context;
    const isWhole = WHOLE.has(endingOf(file.name));
    if (isWhole && file.bytes > LIMITS.extractedFileBytesMax) return { ok: false, reason: 'too-large' };
    try {
      const handle = await files.open(file.id, { signal });
      const bytes = await beginningOf(
        handle,
        isWhole ? LIMITS.extractedFileBytesMax : LIMITS.textBytesMax + BEYOND_BYTES,
        signal,
      );
      return await extractor.extract(file.name, bytes);
    } catch (error) {
      if (isFault(error) && (PASSING.has(error.code) || error.code === 'not-found')) throw error;
      return { ok: false, reason: 'unreadable' };
    }
  }
}

async function beginningOf(handle: FileHandle, bytesMax: number, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of handle.read({ signal })) {
    pieces.push(piece);
    bytes += piece.byteLength;
    if (bytes >= bytesMax) break;
    if (signal.aborted) throw new Fault('cancelled');
  }
  return Buffer.concat(pieces, Math.min(bytes, bytesMax));
}

/** Its name, what people say of it, and what it says of itself are what is said about it. */
function rowOf({ file, note, edition }: { file: FileInfo; note: Note; edition: string }, extraction: Extraction): Row {
  const own = extraction.ok ? extraction.about : '';
  return {
    v: 1,
    scope: TISSUE,
    edition,
    name: file.name,
    storedAt: Date.parse(file.storedAt),
    remembered: extraction.ok ? 'done' : `failed:${extraction.reason}`,
    cut: extraction.ok && extraction.cut,
    about: [spoken(file), note.note, own].filter((part) => part !== '').join('\n'),
    text: extraction.ok ? extraction.text : '',
  };
}

/** A file without a name is called by its id, which says nothing. */
function spoken({ id, name }: FileInfo): string {
  return name === id ? '' : name;
}
