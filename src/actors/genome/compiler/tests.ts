import { nearest } from '../../../contract/nearest.ts';
import { parseDuration } from '../../../contract/units.ts';
import type { JsonObject } from '../../../contract/words.ts';
import { conform, Misfit } from '../conform.ts';
import type { Cursor } from '../cursor.ts';
import type { Type } from '../expression/type.ts';
import type { Genome, TestNode, TestPlan, TestStep } from '../plan.ts';
import type { Report } from './names.ts';
import type { BoundReceptor } from './receptors.ts';

/** How many nodes a test has that says nothing of it. */
const NODES = 3;

/** The tests of a genome, their receptors resolved and their requests checked against what those take. */
export function testPlans(tests: Cursor, receptors: readonly BoundReceptor[], report: Report): Genome['tests'] {
  const plans = tests.fields.map((test): readonly [string, TestPlan] => {
    const nodes = test.field('nodes').number ?? NODES;
    const steps = test.field('steps').elements.flatMap((step) => stepOf(step, nodes, receptors, report));
    return [test.name, { nodes, steps }];
  });
  return Object.fromEntries(plans);
}

function stepOf(step: Cursor, nodes: number, receptors: readonly BoundReceptor[], report: Report): readonly TestStep[] {
  const where = step.at;
  if (step.field('ask').there) return askOf(step, nodes, receptors, report);
  if (step.field('heal').there) return [{ does: 'heal', where }];
  if (step.field('wait').there) return [{ does: 'wait', ms: parseDuration(step.field('wait').text ?? '') ?? 0, where }];
  for (const does of ['crash', 'restart', 'cut'] as const) {
    const field = step.field(does);
    if (field.there) return [{ does, node: nodeAt(field, nodes, report), where }];
  }
  return [];
}

function nodeAt(field: Cursor, nodes: number, report: Report): TestNode {
  if (field.number === undefined) return 'active';
  if (field.number > nodes) report.add(field.at, `there is no node ${field.number}: this test has ${nodes}`);
  return field.number;
}

function askOf(step: Cursor, nodes: number, receptors: readonly BoundReceptor[], report: Report): readonly TestStep[] {
  const ask = step.field('ask');
  const bound = receptors.find(({ name }) => name === ask.text);
  if (bound === undefined) {
    const names = receptors.map(({ name }) => name);
    report.add(ask.at, `there is no receptor '${ask.text ?? ''}'`, nearest(ask.text ?? '', names));
    return [];
  }
  if (bound.signature.carries === 'events' || bound.signature.carries === 'bytes')
    report.add(ask.at, `'${bound.name}' carries ${bound.signature.carries}, which a test can't ask for`);
  const given = step.field('with').map ?? {};
  checkRequest(step, bound, given, report);
  const at = step.field('at');
  if (at.there) nodeAt(at, nodes, report);
  const { answers, refuses } = { answers: step.field('answers'), refuses: step.field('refuses') };
  if (answers.there && refuses.there) report.add(refuses.keyAt, 'a request is answered or refused, not both');
  if (answers.there) checkAnswer(answers, bound.signature.output, report);
  return [
    {
      does: 'ask',
      receptor: bound.name,
      with: given,
      as: step.field('as').text,
      at: at.number,
      answers: answers.value,
      refuses: refuses.text,
      where: step.at,
    },
  ];
}

/** What an answer must be can only be what the receptor answers. */
function checkAnswer(answer: Cursor, type: Type, report: Report): void {
  if (type.is === 'string' && type.values !== undefined && !type.values.includes(answer.text ?? ''))
    report.add(
      answer.at,
      `is never answered: it is ${type.values.join(', ')}`,
      nearest(answer.text ?? '', type.values),
    );
  if (type.is !== 'object') return;
  for (const field of answer.fields) {
    const known = type.fields.get(field.name);
    const names = [...type.fields.keys()];
    if (known !== undefined) checkAnswer(field, known.type, report);
    else
      report.add(
        field.keyAt,
        `the answer has no field '${field.name}', only ${names.join(', ')}`,
        nearest(field.name, names),
      );
  }
}

/** A request that is malformed on purpose says so. */
function checkRequest(step: Cursor, { signature }: BoundReceptor, given: JsonObject, report: Report): void {
  if (step.field('refuses').text === 'malformed') return;
  try {
    conform(signature.input, given);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const field = step.field('with');
    const { stranger, meant, message } = error;
    const at = stranger === undefined || !field.there ? field : field.field(stranger);
    report.add(at.there ? at.keyAt : step.at, message, meant);
  }
}
