import type { Epilogue } from './epilogue.ts';
import { filesReadBack } from './files-read-back.ts';
import { idleIsQuiet } from './idle-is-quiet.ts';
import { shardsHaveCopies } from './shards-have-copies.ts';
import { zonesShareCopies } from './zones-share-copies.ts';

/** What is tried at the end of a run, in this order. */
export const EPILOGUES: readonly Epilogue[] = [shardsHaveCopies, zonesShareCopies, filesReadBack, idleIsQuiet];
