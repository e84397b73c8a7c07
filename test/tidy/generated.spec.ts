import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { generateAll, locate } from '../../docs/generate.ts';
import { table } from '../../docs/markdown.ts';
import { stateDiagram } from '../../docs/state-charts.ts';

const generated = await generateAll();

describe('a generated file', () => {
  it.each([...generated.keys()])('%s is what `npm run docs` writes', (path) => {
    expect(readFileSync(locate(path), 'utf8')).toBe(generated.get(path));
  });

  it('says how it was made, unless it is JSON', () => {
    for (const [path, text] of generated)
      expect(path.endsWith('.json') || text.includes('by `npm run docs`')).toBe(true);
  });
});

describe('a state chart', () => {
  it('has nested, parallel and final modes, and every arrow with what it does', () => {
    const machine = setup({ guards: { ready: () => true }, actions: { ring: () => undefined } }).createMachine({
      id: 'phone',
      initial: 'idle',
      on: { 'phone.break': '.gone' },
      states: {
        idle: {
          on: { 'phone.call': [{ target: 'busy.talking', guard: 'ready', actions: 'ring' }, { target: 'gone' }] },
        },
        busy: {
          initial: 'talking',
          states: { talking: { on: { 'phone.hold': 'held', 'phone.tick': { actions: 'ring' } } }, held: {} },
        },
        both: { type: 'parallel', states: { left: {}, right: {} } },
        gone: { type: 'final' },
      },
    });
    expect(stateDiagram(machine).split('\n')).toEqual([
      'stateDiagram-v2',
      '  [*] --> idle',
      '  idle',
      '  state "busy" as busy {',
      '    [*] --> busy_talking',
      '    state "talking" as busy_talking',
      '    state "held" as busy_held',
      '    busy_talking --> busy_held: phone.hold',
      '    busy_talking --> busy_talking: phone.tick / ring',
      '  }',
      '  state "both" as both {',
      '    state "left" as both_left',
      '    --',
      '    state "right" as both_right',
      '  }',
      '  gone',
      '  gone --> [*]',
      '  idle --> busy_talking: phone.call [ready] / ring',
      '  idle --> gone: phone.call',
      '  state "any mode" as any_mode',
      '  any_mode --> gone: phone.break',
    ]);
  });
});

describe('a table', () => {
  it('lines up its columns and keeps bars inside its cells', () => {
    expect(table(['a', 'what'], [['long', 'x | y']])).toBe('| a    | what |\n| ---- | --- |\n| long | x \\| y |');
  });
});
