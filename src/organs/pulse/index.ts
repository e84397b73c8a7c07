import type { NodeEvents } from '../../contract/events.ts';
import type { Answer, Handler, Input, Moment, Organ, Signal } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import { takeAlert, takeAlerted } from './alerts.ts';
import { INITIAL_FACTS, type PulseFacts, type PulseOptions, type PulseStep, stay } from './facts.ts';
import { pulseMachine } from './machine.ts';
import {
  type AlertBody,
  type PauseBody,
  pulseAnswers,
  pulseMessages,
  type RelayBody,
  type Status,
} from './messages.ts';
import { resumeOpinion, takePause } from './opinion.ts';
import { learn, statusOf, takeProbed, takeProbedForPeer, takeRelay, takeRelayed } from './probing.ts';
import { settle, standStill, startWatching, takeAlarm, takeLeader, takePaused, tellPause } from './rules.ts';
import { resumeSovereignty, takeAdmission, takeFork } from './sovereignty.ts';
import { takeView } from './watch.ts';

export { aliveIn, isSovereign, type PulseFacts, type PulseOptions, stateOf } from './facts.ts';

type Decide<B> = (facts: PulseFacts, body: B, moment: Moment, input: Input) => PulseStep;

/**
 * Who of the organism is alive, as far as this node can tell: SWIM with indirect probes and Lifeguard's local health,
 * once per pair of nodes. Opinions are told as `pulse.changed`; only the leader, on the word of two assigned observers
 * and its own probe, condemns (`pulse.condemned`). The leader's beat travels with the probes, and tells everybody
 * whether there is a leader with authority within reach (`pulse.sovereignty`).
 *
 * @example stem.start([pulseOrgan({ self, incarnation: 3, timing: PRESETS.lan })])
 */
export function pulseOrgan(options: PulseOptions): Organ<PulseFacts> {
  /** While watching, every step is followed by what keeps the watch going; in the other modes nothing starts anew. */
  const on =
    <B>(decide: Decide<B>): Handler<PulseFacts> =>
    (facts, input: Input, moment) => {
      const step = decide(facts, input.body as B, moment, input);
      return moment.mode === 'watching' ? settle(facts, step, options, moment) : step;
    };
  /** What only matters while watching. */
  const watching = <B>(decide: Decide<B>): Handler<PulseFacts> =>
    on<B>((facts, body, moment, input) =>
      moment.mode === 'watching' ? decide(facts, body, moment, input) : stay(facts),
    );

  return {
    id: 'pulse',
    machine: pulseMachine,
    begin: () => stay(INITIAL_FACTS),
    messages: pulseMessages,
    answers: pulseAnswers,
    receive: {
      'pulse.probe': on<Status>((facts, status, moment, { from = '' }) => {
        const learnt = moment.mode === 'still' ? stay(facts) : learn(facts, from, status, options, moment);
        return chain(learnt, (now) => stay(now, { effect: 'reply', body: statusOf(now, options) }));
      }),
      'pulse.relay': on<RelayBody>((facts, { target }, moment) =>
        moment.mode === 'still' || moment.mode === 'pausing'
          ? stay(facts, { effect: 'refuse', code: 'stopping' })
          : takeRelay(facts, target, options),
      ),
      'pulse.alert': on<AlertBody>((facts, body, moment, { from = '' }) =>
        moment.mode === 'watching'
          ? takeAlert(facts, from, body, options, moment)
          : stay(facts, { effect: 'refuse', code: 'no-authority' }),
      ),
      'pulse.pausing': on<PauseBody>((facts, { returnWithinMs }, moment, { from = '' }) => {
        const incarnation = Math.max(
          facts.peers.get(from)?.incarnation ?? 0,
          facts.view?.members[from]?.incarnation ?? 0,
        );
        return chain(takePause(facts, from, { returnWithinMs, incarnation }, moment), (now) =>
          stay(now, { effect: 'reply', body: null }),
        );
      }),
      'pulse.probed': watching<Answer>((facts, answer, moment) => takeProbed(facts, answer, options, moment)),
      'pulse.relayed': watching<Answer>((facts, answer, moment) => takeRelayed(facts, answer, options, moment)),
      'pulse.alerted': watching<Answer>((facts, answer, moment) => takeAlerted(facts, answer, options, moment)),
      'pulse.probedForPeer': on<Answer>((facts, answer, moment) => takeProbedForPeer(facts, answer, options, moment)),
      'pulse.paused': on<Answer>((facts, answer) => takePaused(facts, answer, options)),
      'pulse.alarm': watching((facts, _body, moment) => takeAlarm(facts, options, moment)),
      'consensus.committed': on<NodeEvents['consensus.committed']>((facts, { view }, moment) => ({
        ...takeView(facts, view, options, moment),
        signals: moment.mode === 'listening' ? [{ type: 'pulse.watch' }] : [],
      })),
      'consensus.led': on<NodeEvents['consensus.led']>((facts, body, moment) =>
        takeLeader(facts, body, options, moment),
      ),
      'consensus.admitted': on((facts, _body, moment) => takeAdmission(facts, options, moment)),
      'consensus.forked': on((facts, _body, moment) => takeFork(facts, moment)),
      'pulse.changed': on<NodeEvents['pulse.changed']>((facts, body, moment) =>
        stay(resumeOpinion(facts, body, moment)),
      ),
      'pulse.sovereignty': on<NodeEvents['pulse.sovereignty']>((facts, body, moment) =>
        stay(resumeSovereignty(facts, body, options, moment)),
      ),
      'node.pausing': (facts, { body }: Input<NodeEvents['node.pausing']>) => ({
        facts: { ...facts, returnWithinMs: body.returnWithinMs },
        signals: [{ type: 'pulse.pause', returnWithinMs: body.returnWithinMs }],
      }),
      'node.halted': (facts) => ({ facts, signals: [{ type: 'pulse.halt' }] }),
    },
    actions: {
      startWatching: (facts, _signal, moment) => settle(facts, startWatching(facts, options, moment), options, moment),
      tellPause: (facts, signal: Signal) => tellPause(facts, signal.returnWithinMs as number, options),
      standStill,
    },
    effects: {},
  };
}
