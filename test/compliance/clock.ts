import { interval, map, of, take, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import type { Clock } from '../../src/contract/ports.ts';

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets `promise` settle: virtual time is advanced, real time passes by itself. */
  settle<T>(promise: Promise<T>): Promise<T>;
}

/** What every Clock must do. Delays are a few milliseconds, so that the real one passes in no time. */
export function clockCompliance(name: string, open: () => ClockUnderTest): void {
  describe(`${name} as a Clock`, () => {
    const sleep = (clock: Clock, ms: number): Promise<void> => new Promise((done) => clock.schedule(ms, done));

    it('never calls inside schedule, not even for 0', async () => {
      const { clock, settle } = open();
      const calls: string[] = [];
      const done = new Promise<void>((resolve) =>
        clock.schedule(0, () => {
          calls.push('task');
          resolve();
        }),
      );
      calls.push('scheduled');
      await settle(done);
      expect(calls).toEqual(['scheduled', 'task']);
    });

    it('runs equal delays in the order of scheduling, and shorter ones first', async () => {
      const { clock, settle } = open();
      const order: number[] = [];
      const tasks = [30, 1, 1, 15, 1].map((ms, index) => sleep(clock, ms).then(() => order.push(index)));
      await settle(Promise.all(tasks));
      expect(order).toEqual([1, 2, 4, 3, 0]);
    });

    it('calls once, and not after a cancel, which may be repeated', async () => {
      const { clock, settle } = open();
      let kept = 0;
      let cancelled = 0;
      clock.schedule(1, () => kept++);
      const cancel = clock.schedule(1, () => cancelled++);
      cancel();
      cancel();
      await settle(sleep(clock, 5));
      expect([kept, cancelled]).toEqual([1, 0]);
    });

    it('lets a task cancel one that is due at the same moment', async () => {
      const { clock, settle } = open();
      let ran = false;
      clock.schedule(2, () => cancel());
      const cancel = clock.schedule(2, () => {
        ran = true;
      });
      await settle(sleep(clock, 6));
      expect(ran).toBe(false);
    });

    it('takes a delay that is negative or no number as 0, and never calls for Infinity', async () => {
      const { clock, settle } = open();
      let never = false;
      const cancel = clock.schedule(Number.POSITIVE_INFINITY, () => {
        never = true;
      });
      await settle(Promise.all([sleep(clock, -1), sleep(clock, Number.NaN)]));
      await settle(sleep(clock, 2));
      cancel();
      expect(never).toBe(false);
    });

    it('keeps a delay longer than a 32-bit timer can count', async () => {
      const { clock, settle } = open();
      let early = false;
      const cancel = clock.schedule(2 ** 31 + 1000, () => {
        early = true;
      });
      await settle(sleep(clock, 5));
      cancel();
      expect(early).toBe(false);
    });

    it('counts whole epoch milliseconds, and monotonic ones that grow with them', async () => {
      const { clock, settle } = open();
      const [wall, mono] = [clock.now(), clock.monotonic()];
      await settle(sleep(clock, 10));
      expect(Number.isInteger(wall)).toBe(true);
      expect(wall).toBeGreaterThan(Date.UTC(2020, 0, 1));
      expect(clock.now()).toBeGreaterThan(wall);
      expect(clock.monotonic()).toBeGreaterThan(mono);
    });

    it('drives RxJS', async () => {
      const { clock, settle } = open();
      const ticks = new Promise((resolve) =>
        interval(2, clock.scheduler)
          .pipe(take(3), toArray())
          .subscribe((values) => resolve(values)),
      );
      expect(await settle(ticks)).toEqual([0, 1, 2]);
      const once = new Promise((resolve) =>
        timer(1, clock.scheduler)
          .pipe(map(() => clock.scheduler.now()))
          .subscribe(resolve),
      );
      expect(await settle(once)).toBeTypeOf('number');
    });

    it('stops an RxJS period when it is unsubscribed', async () => {
      const { clock, settle } = open();
      let ticks = 0;
      const subscription = interval(1, clock.scheduler).subscribe(() => {
        ticks += 1;
        subscription.unsubscribe();
      });
      of(1, clock.scheduler).subscribe();
      await settle(sleep(clock, 8));
      expect(ticks).toBe(1);
    });

    it('drives XState', async () => {
      const { clock, settle } = open();
      const machine = createMachine({
        initial: 'red',
        states: {
          red: { after: { 2: 'green' } },
          green: { after: { 1000: 'red' }, on: { stop: 'stopped' } },
          stopped: {},
        },
      });
      const actor = createActor(machine, { clock: clock.timers });
      const green = new Promise<void>((resolve) => {
        actor.subscribe((state) => {
          if (state.matches('green')) resolve();
        });
      });
      actor.start();
      await settle(green);
      // Leaving the state cancels its timer: a real clock would keep the process alive otherwise.
      actor.send({ type: 'stop' });
      expect(actor.getSnapshot().value).toBe('stopped');
      actor.stop();
    });
  });
}
