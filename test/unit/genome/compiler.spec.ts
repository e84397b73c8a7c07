import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../src/actors/genome/expression/engine.ts';
import { desk, type Parts } from './desk.ts';
import { problemsOfText } from './token-trial.ts';

beforeAll(loadEngine);

/** What is wrong with the desk with these parts, each with what was meant. */
function wrongs(parts: Parts): string[] {
  return problemsOfText(desk(parts), 'desk.yaml').map(({ text, meant }) =>
    meant === undefined ? text : `${text} (${meant}?)`,
  );
}

const states = (open: string, more = ''): Parts => ({ states: `open: ${open}\n        ${more}` });
const NO_CLOSE = {
  events: '{ vote: { id: string, by: integer }, show: { id: string } }',
  receptors: "vote: { post: '/d/{id}/votes', to: desk.vote }\n  show: { get: '/d/{id}', to: desk.show }",
};
const VOTE = 'vote: { assign: { votes: context.votes + event.by } }';

describe('a genome', () => {
  it('is right as the tests begin with it', () => expect(wrongs({})).toEqual([]));
});

describe('a name that leads nowhere', () => {
  it.each<[string, Parts, string]>([
    [
      'an organ',
      { receptors: "vote: { post: '/d/{id}/votes', to: dsk.vote }" },
      "there is no organ 'dsk'; 'desk' is declared at 5:3 (desk.vote?)",
    ],
    [
      'an event of a receptor',
      { receptors: "vote: { post: '/d/{id}/votes', to: desk.vot }" },
      "the organ 'desk' has no event 'vot', only vote, close, show; 'vote' is declared at 9:15 (desk.vote?)",
    ],
    [
      'an event of the chart',
      states('{ on: { vot: { assign: { votes: 1 } }, close: closed } }', 'closed: {}'),
      "there is no event 'vot'; 'vote' is declared at 9:15 (vote?)",
    ],
    [
      'a state',
      states(`{ on: { ${VOTE}, close: closd } }`, 'closed: {}'),
      "there is no state 'closd' here; 'closed' is declared at 16:9 (closed?)",
    ],
    [
      'an initial state',
      states('{ initial: ina, states: { inn: {} } }'),
      "there is no state 'ina'; 'inn' is declared at 15:41 (inn?)",
    ],
    [
      'a state inside another one',
      {
        ...states('{ initial: a, states: { a: {} } }', 'closed: {}'),
        on: '{ show: { reply: { votes: context.votes } }, close: open.b }',
      },
      "there is no state 'b' in 'open'; 'open.a' is declared at 15:39 (open.a?)",
    ],
    [
      'a state that must be named by its path',
      {
        ...states('{ initial: a, states: { a: { on: { vote: b } }, b: {} } }', 'closed: {}'),
        on: '{ show: { reply: { votes: context.votes } }, close: b }',
      },
      "there is no state 'b' here; 'open.b' is declared at 15:63 (open.b?)",
    ],
    [
      'a field of the context',
      states('{ on: { vote: { assign: { vots: 1 } }, close: closed } }', 'closed: {}'),
      "there is no field of the context 'vots'; 'votes' is declared at 8:16 (votes?)",
    ],
    ['a delay', states(`{ on: { ${VOTE} }, after: { patence: closed } }`, 'closed: {}'), "there is no delay 'patence'"],
    ['a type', { context: '{ votes: { type: intger, default: 0 } }' }, "there is no type 'intger' (integer?)"],
    [
      'a target',
      states(`{ on: { vote: { emit: { to: news.publish } }, close: closed } }`, 'closed: {}'),
      "there is no organ 'news'",
    ],
    [
      'a parameter of a path',
      { receptors: "vote: { post: '/d/{di}/votes', to: desk.vote }" },
      "'desk.vote' takes no field 'di', only id, by; 'id' is declared at 9:23 ({id}?)",
    ],
    [
      'a key',
      {
        organ: 'idle: 1m',
        events: '{ vote: { idd: string, by: integer }, close: { id: string }, show: { id: string } }',
      },
      "of the event 'vote' (declared at 9:15): there is no field 'id' in {idd, by}; 'idd' is declared at 9:23 (idd?)",
    ],
  ])('%s is told with what was meant', (_what, parts, says) => expect(wrongs(parts)).toContain(says));
});

describe('an expression of a chart', () => {
  it.each<[string, Parts, string]>([
    [
      'that gives another type than its field',
      states('{ on: { vote: { assign: { votes: event.id } }, close: closed } }', 'closed: {}'),
      'this is string, must be integer',
    ],
    [
      'that is a guard of another type',
      states('{ on: { vote: { guard: event.by, target: closed }, close: closed } }', 'closed: {}'),
      'this is integer, must be boolean',
    ],
    [
      'that names the event on entering',
      states('{ entry: { assign: { votes: event.by } }, on: { vote: closed, close: closed } }', 'closed: {}'),
      "unknown name 'event', must be one of context, key, now, state, caller",
    ],
    [
      'that compares with a state that is none',
      states(`{ on: { vote: { guard: state == "opn", assign: { votes: event.by } }, close: closed } }`, 'closed: {}'),
      "'opn' is none of 'open', 'closed' (open?)",
    ],
    [
      'that is a key and no text',
      {
        organ: 'idle: 1m',
        events: '{ vote: { id: integer, by: integer }, close: { id: integer }, show: { id: integer } }',
      },
      "of the event 'vote' (declared at 9:15): this is integer, must be string",
    ],
  ])('%s is told', (_what, parts, says) => expect(wrongs(parts)).toContain(says));

  it('is shown at its place in the file, in the middle of a folded text too', () => {
    const assign = 'assign:\n              votes: >-\n                context.votes +\n                  event.bx';
    const parts = states(
      `\n          on:\n            vote:\n              ${assign.replaceAll('\n', '\n  ')}\n            close: closed`,
      'closed: {}',
    );
    const [problem] = problemsOfText(desk(parts), 'desk.yaml');
    const row = desk(parts).split('\n')[(problem?.at.line ?? 1) - 1];
    expect(row?.slice((problem?.at.column ?? 1) - 1)).toBe('bx');
  });
});

describe('a chart', () => {
  it.each<[string, Parts, string]>([
    [
      'with a state that nothing leads to',
      states(`{ on: { ${VOTE}, close: closed } }`, 'closed: {}\n        lost: {}'),
      "nothing leads to the state 'lost'",
    ],
    [
      'with states that only lead to each other',
      states(
        `{ on: { ${VOTE}, close: closed } }`,
        'closed: {}\n        a: { on: { vote: b } }\n        b: { on: { vote: a } }',
      ),
      "nothing leads to the state 'a'",
    ],
    [
      'with a transition behind one without guard',
      states('{ on: { vote: [{ assign: { votes: event.by } }, closed], close: closed } }', 'closed: {}'),
      'this is never reached: the transition before it has no guard',
    ],
    [
      'with a guard that is always the same',
      states('{ on: { vote: { guard: true, assign: { votes: event.by } }, close: closed } }', 'closed: {}'),
      'the guard is always true',
    ],
    [
      'with an end that never comes',
      states(`{ initial: a, states: { a: { on: { ${VOTE} } } }, onDone: closed, on: { close: closed } }`, 'closed: {}'),
      "the state 'open' never comes to an end: it has no final state inside",
    ],
    [
      'with an end that leads straight to itself',
      states(
        `{ initial: a, states: { a: { on: { ${VOTE}, close: b } }, b: { type: final } }, onDone: again }`,
        'again: { initial: c, states: { c: { type: final } }, onDone: open.b }',
      ),
      "the end of 'open' leads straight to its end again, without any event between",
    ],
    [
      'with a state without its initial one',
      states('{ states: { a: {} }, on: { close: closed } }', 'closed: {}'),
      "the state 'open' lacks the field 'initial': which state inside is entered first",
    ],
    [
      'with an initial one and none inside',
      states(`{ initial: a, on: { ${VOTE}, close: closed } }`, 'closed: {}'),
      "the state 'open' has no states inside that could be entered",
    ],
    [
      'with a final state that goes on',
      states(`{ on: { ${VOTE}, close: closed } }`, 'closed: { type: final, on: { vote: open } }'),
      "the state 'closed' is one of type final, where 'on' means nothing",
    ],
    [
      'with one region only',
      states(`{ type: parallel, states: { a: {} }, on: { ${VOTE}, close: closed } }`, 'closed: {}'),
      "the state 'open' is one of type parallel, which needs two states inside",
    ],
    [
      'with a history of nothing',
      states(
        `{ on: { ${VOTE}, close: closed } }`,
        'closed: { type: parallel, states: { a: {}, b: {}, h: { type: history } } }',
      ),
      "the state 'closed.h' must stand inside of a state that it can lead back into",
    ],
    [
      'that refuses and changes',
      states('{ on: { vote: { refuse: conflict, target: closed }, close: closed } }', 'closed: {}'),
      "what is refused changes nothing, so 'target' means nothing",
    ],
    [
      'that answers time',
      states(`{ on: { ${VOTE}, close: closed }, after: { 1m: { target: closed, reply: { a: 1 } } } }`, 'closed: {}'),
      "nobody asks here, so 'reply' means nothing",
    ],
    [
      'that answers once and is silent elsewhere',
      states(
        '{ on: { vote: [{ guard: event.by > 1, reply: { votes: 1 }, assign: { votes: 1 } }, { target: closed }], close: closed } }',
        'closed: {}',
      ),
      "'vote' is answered at 15:30, but not here",
    ],
    [
      'that answers in two ways',
      states(
        '{ on: { vote: [{ guard: event.by > 1, reply: { votes: 1 }, assign: { votes: 1 } }, { reply: { count: 1 } }], close: closed } }',
        'closed: {}',
      ),
      "'vote' is answered with one type: {votes} at 15:30, {count} here",
    ],
    [
      'that answers from two regions at once',
      states(
        `{ type: parallel, states: { a: { on: { vote: { reply: { votes: 1 } } } }, b: { on: { vote: { reply: { votes: context.votes } } } } }, on: { close: closed } }`,
        'closed: {}',
      ),
      "'vote' is answered at 15:54 already, by a state that is active besides",
    ],
    [
      'with a timer that is too short',
      states(`{ on: { ${VOTE}, close: closed }, after: { 10ms: closed } }`, 'closed: {}'),
      'a timer runs from 100ms to 365d',
    ],
    [
      'with a time that is none',
      states(`{ on: { ${VOTE}, close: closed }, after: { 3x: closed } }`, 'closed: {}'),
      "'3x' is not a duration such as 30s",
    ],
  ])('%s is told', (_what, parts, says) => expect(wrongs(parts)).toContain(says));
});

describe('a request', () => {
  const emit = (to: string, values = '{}'): string =>
    `{ on: { vote: { assign: { votes: event.by }, emit: { to: ${to}, with: ${values} } }, close: closed } }`;
  const topic = 'news: { kind: topic, message: { text: string, count: { type: integer, default: 0 } } }';
  const called = (
    event: string,
    answer = 'heard: { votes: integer }',
    failure = 'lost: { code: string, detail: string }',
  ): Parts => ({
    events: `{ vote: { id: string, by: integer }, close: { id: string }, show: { id: string }, ${answer}, ${failure} }`,
    states: `open: { on: { ${event}: { guard: event.by > 0, call: { to: other.ask, with: { id: key }, answer: heard, failure: lost } } , heard: { assign: { votes: event.votes } }, lost: closed, close: closed, ${event === 'vote' ? '' : VOTE} } }
        closed: {}`,
    organs:
      'other: { kind: entity, key: event.id, events: { ask: { id: string } }, machine: { initial: a, states: { a: { on: { ask: { reply: { votes: 1 } } } } } } }',
  });

  it.each<[string, Parts, string]>([
    [
      'that lacks a field',
      { ...states(emit('news.publish'), 'closed: {}'), organs: topic },
      "'news.publish' takes the field 'text', which is not sent",
    ],
    [
      'with a field that nobody takes',
      { ...states(emit('news.publish', '{ text: key, cuont: 1 }'), 'closed: {}'), organs: topic },
      "'news.publish' takes no field 'cuont', only text, count; 'count' is declared at 17:49 (count?)",
    ],
    [
      'with a field of another type',
      { ...states(emit('news.publish', '{ text: event.by }'), 'closed: {}'), organs: topic },
      "'news.publish' takes another 'text': this is integer, must be string; 'text' is declared at 17:35",
    ],
    [
      'to what only receptors may ask',
      { ...states(emit('news.subscribe'), 'closed: {}'), organs: topic },
      "'news.subscribe' is for receptors only: it carries events",
    ],
    [
      'whose answer brings another type',
      called('vote', 'heard: { votes: string }'),
      "'heard' takes string as 'votes', 'other.ask' answers integer as 'votes'",
    ],
    [
      'whose answer lacks a field',
      called('vote', 'heard: { votes: integer, more: string }'),
      "'heard' takes string as 'more', 'other.ask' answers {votes}",
    ],
    [
      'whose failure is of another type',
      called('vote', undefined, 'lost: { code: integer, detail: string }'),
      /^'lost' takes [{]code, detail[}]; a failure brings [{]code, detail[}], both string/.source,
    ],
  ])('%s is told', (_what, parts, says) => {
    const found = wrongs(parts);
    expect(
      found.some((text) => text === says || (says.startsWith('^') && new RegExp(says).test(text))),
      found.join('\n'),
    ).toBe(true);
  });

  it('and its answer may be right', () => expect(wrongs(called('vote'))).toEqual([]));

  it('that goes round in a circle is told, unless there is time between', () => {
    const ring = (back: string): Parts => ({
      ...states(emit('other.ask', '{ id: key }'), 'closed: {}'),
      organs: `other: { kind: entity, key: event.id, events: { ask: { id: string } }, machine: { initial: a, states: { a: { ${back} } } } }`,
    });
    const again = 'emit: { to: desk.vote, with: { id: key, by: 1 } }';
    expect(wrongs(ring(`on: { ask: { ${again} } }`))).toEqual([
      'this goes round in a circle, without any time between: desk.vote -> other.ask -> desk.vote',
    ]);
    expect(wrongs(ring(`on: { ask: b } }, b: { entry: { ${again} }, on: { ask: a }`))).toHaveLength(1);
    expect(wrongs(ring(`on: { ask: b } }, b: { after: { 1s: { target: a, ${again} } }`))).toEqual([]);
  });

  it('that its own answer sends again is a circle too', () => {
    const parts: Parts = {
      events:
        '{ vote: { id: string, by: integer }, close: { id: string }, show: { id: string }, heard: {}, lost: { code: string, detail: string } }',
      states: `open: { on: { vote: { assign: { votes: event.by }, call: { to: jobs.put, with: { n: 1 }, answer: heard, failure: lost } }, heard: closed, lost: { call: { to: jobs.put, with: { n: 1 }, answer: heard, failure: lost } }, close: closed } }
        closed: {}`,
      organs: 'jobs: { kind: queue, job: { n: integer } }',
    };
    expect(wrongs(parts)).toEqual(['this goes round in a circle, without any time between: desk.lost -> desk.lost']);
  });
});

describe('a receptor', () => {
  const more = (line: string): Parts => ({
    receptors: `vote: { post: '/d/{id}/votes', to: desk.vote }\n  close: { post: '/d/{id}/close', to: desk.close }\n  show: { get: '/d/{id}', to: desk.show }\n  ${line}`,
  });

  it.each<[string, Parts, string]>([
    [
      'that changes something by get',
      more("again: { get: '/e/{id}', to: desk.close }"),
      "'desk.close' changes the entity at 15:118, which get must not",
    ],
    [
      'that answers what another one does',
      more("again: { get: '/d/{other}', to: desk.show }"),
      "'show' answers get /d/{other} already",
    ],
    [
      'that declares what its organ does',
      more("again: { post: '/e/{id}', to: desk.vote, input: { by: integer } }"),
      "the fields of 'desk.vote' are declared by 9:15",
    ],
    [
      'with a head for an event',
      more("again: { head: '/e/{id}', to: desk.show }"),
      "'desk.show' can't answer head, only get, put, post, delete",
    ],
    [
      'with the same parameter twice',
      more("again: { get: '/e/{id}/{id}', to: desk.show }"),
      'the parameter {id} is in the path twice',
    ],
    [
      'with a rate beyond all',
      more("again: { get: '/e/{id}', to: desk.show, limits: { rate: 999999/s } }"),
      'receptors.again.limits.rate must be at most 100000 in at most 1d',
    ],
    [
      'with an access that is none',
      more("again: { get: '/e/{id}', to: desk.show, access: pasport }"),
      "receptors.again.access is 'pasport', must be one of loopback, public, passport, peers (passport?)",
    ],
    [
      'with a key id that is none',
      more("again: { get: '/e/{id}', to: desk.show, access: [abc] }"),
      "receptors.again.access.0 is 'abc', which is not a key id of 52 characters",
    ],
  ])('%s is told', (_what, parts, says) => expect(wrongs(parts)).toContain(says));

  it('may declare an event of an organ that declares none, once', () => {
    const text = desk().replace(/^ {4}events: .*\n/m, '');
    const own = text.replace('to: desk.vote }', 'to: desk.vote, input: { by: integer } }');
    expect(problemsOfText(own, 'x')).toEqual([]);
    const twice = own.replace(
      '  close: {',
      "  more: { post: '/e/{id}', to: desk.vote, input: { by: integer } }\n  close: {",
    );
    expect(problemsOfText(twice, 'x').map((problem) => problem.text)).toContain(
      "'desk.vote' has its fields from the receptor at 18:3; declare them under events to let two bring it",
    );
    const list = own
      .replace('input: { by: integer }', 'input: { by: { type: list, items: integer } }')
      .replace('post:', 'get:');
    expect(problemsOfText(list, 'x').map((problem) => problem.text)).toContain(
      "the field 'by' is list, and can't stand in the query of get",
    );
  });
});

describe('a declared name that nothing uses', () => {
  it.each<[string, Parts, string]>([
    ['a field of the context', { context: '{ votes: 0, extra: 1 }' }, "nothing reads the field 'extra' of the context"],
    [
      'a field that is only written',
      {
        ...states('{ on: { vote: { assign: { extra: event.by } }, close: closed } }', 'closed: {}'),
        context: '{ votes: 0, extra: 1 }',
      },
      "nothing reads the field 'extra' of the context",
    ],
    [
      'a field of an event',
      { events: '{ vote: { id: string, by: integer, more: string }, close: { id: string }, show: { id: string } }' },
      "nothing reads the field 'more' of the event 'vote'",
    ],
    [
      'an event that nobody sends',
      { receptors: "vote: { post: '/d/{id}/votes', to: desk.vote }\n  show: { get: '/d/{id}', to: desk.show }" },
      "nothing sends the event 'close'",
    ],
    [
      'an event that nobody sends and no state takes',
      {
        events:
          '{ vote: { id: string, by: integer }, close: { id: string }, show: { id: string }, more: { id: string } }',
      },
      "nothing uses the event 'more'",
    ],
    ['a type', { top: 'types: { place: string }' }, "nothing uses the type 'place'"],
    ['a delay', { organ: 'delays: { patience: 1000 }' }, "nothing uses the delay 'patience'"],
    ['a genome', { top: 'uses: [billing]' }, "nothing uses the genome 'billing'"],
    ['an organ', { organs: 'news: { kind: topic, message: { text: string } }' }, "nothing uses the organ 'news'"],
    [
      'an event of a module',
      {
        organs:
          'clock: { kind: module, file: ./c.ts, events: { tick: {}, tock: {} } }\n  s: { kind: schedule, jobs: { a: { every: 1h, to: clock.tock } } }',
      },
      "nothing sends the event 'tick'",
    ],
  ])('%s is told at its line', (_what, parts, says) => expect(wrongs(parts)).toEqual([says]));

  it('is not told of what a misspelling left unused', () => {
    expect(wrongs({ ...NO_CLOSE, ...states(`{ on: { ${VOTE.replace('votes:', 'vots:')} } }`) })).toHaveLength(1);
  });
});

describe('a type', () => {
  it.each<[string, Parts, string]>([
    [
      'that contains itself',
      { top: 'types: { a: { type: list, items: b }, b: { type: list, items: a } }' },
      "the type 'a' contains itself: a -> b -> a",
    ],
    [
      'that is built in already',
      { top: 'types: { integer: string }' },
      "'integer' is a built-in type, and can't be declared",
    ],
    [
      'that needs more than its name',
      { context: '{ votes: 0, all: list }' },
      "'list' is an initial value here; its type is written { type: list, default: ... }",
    ],
    [
      'with bounds in the wrong order',
      { context: '{ votes: { type: integer, minimum: 5, maximum: 1, default: 3 } }' },
      'organs.desk.context.votes.minimum is 5, more than its maximum, 1',
    ],
    [
      'with a default beyond its bounds',
      { context: '{ votes: { type: integer, maximum: 5, default: 9 } }' },
      'organs.desk.context.votes.default is 9, more than 5',
    ],
    [
      'without a default where there must be a value',
      { context: '{ votes: { type: integer } }' },
      "organs.desk.context.votes lacks the field 'default': it has a value from the start",
    ],
    [
      'with a pattern that is none',
      { context: "{ votes: 0, t: { type: string, pattern: '(', default: '' } }" },
      'not a pattern of RE2: missing closing ): `(`',
    ],
    [
      'with a text twice',
      { context: '{ votes: 0, t: { type: string, enum: [a, a], default: a } }' },
      "'a' is given twice",
    ],
    [
      'with a default of other fields',
      { context: '{ votes: 0, p: { type: object, fields: { lat: number }, default: { lta: 1 } } }' },
      "organs.desk.context.p.default has no field 'lta', only lat (lat?)",
    ],
    [
      'that is declared and narrowed again',
      { top: 'types: { n: integer }', context: '{ votes: { type: n, maximum: 3, default: 0 } }' },
      "the type 'n' is as it is declared, so 'maximum' means nothing here",
    ],
    [
      'that can grow beyond what is stored',
      { context: '{ votes: 0, all: { type: list, items: string, maxItems: 100, default: [] } }' },
      'organs.desk.context can hold 20337 bytes even in plain ASCII, more than the 3584 that are stored; set maxLength, maxItems or maxEntries',
    ],
  ])('%s is told', (_what, parts, says) => expect(wrongs(parts)).toContain(says));
});

describe('an organ of a kind', () => {
  it.each<[string, string, string]>([
    [
      'that is none',
      'i: { kind: entty }',
      "organs.i.kind is 'entty', must be one of shards, files, records, entity, topic, queue, schedule, module, ledger, index (entity?)",
    ],
    [
      'records with a field of its own',
      'r: { kind: records, record: { version: integer } }',
      "'version' is a field that the kind brings along, and can't be declared",
    ],
    [
      'records that live too long',
      'r: { kind: records, record: { a: integer }, ttl: 400d }',
      'organs.r.ttl must be 1s to 365d',
    ],
    [
      'schedule that runs too often',
      's: { kind: schedule, jobs: { a: { every: 10ms, to: desk.close, with: { id: \'"x"\' } } } }',
      'organs.s.jobs.a.every must be 1s to 365d',
    ],
    [
      'schedule of a day that never comes',
      's: { kind: schedule, jobs: { a: { cron: 0 0 31 feb *, to: desk.close, with: { id: \'"x"\' } } } }',
      'this day never comes',
    ],
    [
      'schedule that sends too little',
      's: { kind: schedule, jobs: { a: { every: 1h, to: desk.close } } }',
      "'desk.close' takes the field 'id', which is not sent",
    ],
    [
      'module that answers what it does not take',
      'm: { kind: module, file: ./m.ts, events: { a: {} }, replies: { b: integer } }',
      "there is no event 'b', only a; 'a' is declared at 17:46 (a?)",
    ],
    [
      'module with too much memory',
      'm: { kind: module, file: ./m.ts, events: { a: {} }, memory: 2GiB }',
      'organs.m.memory must be 16MiB to 1GiB',
    ],
    [
      'module outside of its folder by an absolute path',
      'm: { kind: module, file: /etc/passwd.ts, events: { a: {} } }',
      "organs.m.file is '/etc/passwd.ts', which is not a path such as ./clock.ts",
    ],
  ])('%s is told', (_what, organs, says) => expect(wrongs({ organs })).toContain(says));
});
