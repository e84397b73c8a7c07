import type { NodeEvents } from '../../contract/events.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import { type Beat, compareBeats, NO_BEAT, nextBeat } from './beat.ts';
import { isSovereign, type PulseFacts, type PulseOptions, type PulseStep, stay } from './facts.ts';

/**
 * A later beat was heard, or made. The first one that a node hears of after its start may be an old one, kept by a
 * fragment that lost its leader: it only tells from where to count.
 */
export function growBeat(facts: PulseFacts, beat: Beat, options: PulseOptions, moment: Moment): PulseStep {
  if (compareBeats(beat, facts.beat) <= 0) return stay(facts);
  const first = compareBeats(facts.beat, NO_BEAT) === 0 && facts.leader !== options.self;
  if (first) return stay({ ...facts, beat });
  const sovereignUntil = moment.monotonic + options.timing.sovereignForMs;
  return tellSovereignty({ ...facts, beat, sovereignUntil }, moment);
}

/** The leader has just given this node its place: it is within reach, though none of its beats has come here yet. */
export function takeAdmission(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  return tellSovereignty({ ...facts, sovereignUntil: moment.monotonic + options.timing.sovereignForMs }, moment);
}

/**
 * What an earlier life of this organ told the others, who still go by it. That a leader was heard of then is good for as
 * long as a beat is: it is either heard again by that time, or the others are told that it is not.
 */
export function resumeSovereignty(
  facts: PulseFacts,
  { sovereign }: NodeEvents['pulse.sovereignty'],
  options: PulseOptions,
  moment: Moment,
): PulseFacts {
  return { ...facts, sovereign, sovereignUntil: sovereign ? moment.monotonic + options.timing.sovereignForMs : null };
}

/** The leader's own next beat, and when the one after it is due. */
export function beatNow(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  if (facts.leader !== options.self || facts.forked) return stay({ ...facts, beatAt: null });
  const beat = nextBeat(facts.beat, { generation: facts.view?.generation ?? 0, epoch: facts.epoch });
  const beatAt = moment.monotonic + options.timing.beatEveryMs;
  return chain(stay({ ...facts, beatAt }), (now) => growBeat(now, beat, options, moment));
}

/** Whoever leads has vouched for two logs: this node believes its beats no more, and beats no more where it is itself. */
export function takeFork(facts: PulseFacts, moment: Moment): PulseStep {
  return tellSovereignty({ ...facts, forked: true, beatAt: null }, moment);
}

/** Tells the other organs of a change: the beat grew again, or has not grown for too long. */
export function tellSovereignty(facts: PulseFacts, moment: Moment): PulseStep {
  const sovereign = isSovereign(facts, moment.monotonic);
  if (sovereign === facts.sovereign) return stay(facts);
  const changed: Effect = { effect: 'emit', kind: 'pulse.sovereignty', body: { sovereign } };
  return stay({ ...facts, sovereign }, changed);
}
