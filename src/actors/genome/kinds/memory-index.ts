import { LIMITS } from '../../../contract/limits.ts';
import { NAME } from '../grammar/phrases.ts';
import { NO_FIELDS, objectShape, textShape } from '../shape.ts';
import type { Fields, Method, OrganKind, Verb } from './kind.ts';

const nothing: Fields = { fixed: NO_FIELDS };

function verb(methods: readonly Method[], meaning: string, parameter?: 'file'): Verb {
  return {
    meaning,
    methods,
    parameters: parameter === undefined ? [] : [parameter],
    input: parameter === undefined ? nothing : { fixed: objectShape({ file: textShape(LIMITS.fileNameBytesMax, 1) }) },
    output: nothing,
    carries: 'bytes',
  };
}

export const index: OrganKind = {
  meaning: 'The memory of files: their text is read as they are stored, and they are found by describing them.',
  fields: {
    uses: {
      ...NAME,
      title: 'the name of a genome',
      description: 'The genome whose files organ has the files that are remembered. It runs in the same organism.',
      examples: ['ftreeFileMgr'],
    },
  },
  required: ['uses'],
  verbs: {
    search: verb(['get', 'post'], 'Finds files by a description in plain words.'),
    remember: verb(['put'], 'Has a file remembered, and says something of it.', 'file'),
    forget: verb(['delete'], 'Has a file forgotten; the file itself stays.', 'file'),
    stat: verb(['get'], 'Says how far a file is remembered.', 'file'),
  },
  takesEvents: false,
  standsAlone: true,
  limits: ['textBytesMax', 'queryCharactersMax', 'searchPageMax', 'noteCharactersMax', 'memoryCopies'],
};
