import { FIELDS } from '../grammar/phrases.ts';
import { NO_FIELDS } from '../shape.ts';
import type { OrganKind } from './kind.ts';

export const topic: OrganKind = {
  meaning:
    'Publish and subscribe: what is published is broadcast to every cell of the tree, in the order of each publisher.',
  fields: {
    message: { ...FIELDS, min: 1, description: 'The fields of every message.', examples: [{ text: 'string' }] },
  },
  required: ['message'],
  verbs: {
    publish: {
      meaning: 'Tells every subscriber.',
      methods: ['post', 'put'],
      parameters: [],
      input: { fixed: NO_FIELDS, own: 'message' },
      output: { fixed: NO_FIELDS },
      carries: 'json',
    },
    subscribe: {
      meaning: 'Tells of every message from now on.',
      methods: ['get'],
      parameters: [],
      input: { fixed: NO_FIELDS },
      output: { fixed: NO_FIELDS, own: 'message' },
      carries: 'events',
    },
  },
  takesEvents: false,
  standsAlone: false,
  limits: ['broadcastRetained', 'broadcastHeldMax', 'messageBytesMax', 'shapeFieldsMax'],
};
