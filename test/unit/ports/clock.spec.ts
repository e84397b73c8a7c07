import fc from 'fast-check';
import { debounceTime, delay, interval, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { realClock } from '../../../src/runtime/clock/real.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { type ClockUnderTest, clockCompliance } from '../../compliance/clock.ts';

function virtual(clock: VirtualClock): ClockUnderTest['settle'] {
  return async (promise) => {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    await clock.runUntil(() => settled, 60_000);
    return promise;
  };
}

clockCompliance('the real clock', () => ({ clock: realClock(), settle: (promise) => promise }));

clockCompliance('the virtual clock', () => {
  const clock = new VirtualClock();
  return { clock, settle: virtual(clock) };
});

clockCompliance('a scope of the virtual clock', () => {
  const clock = new VirtualClock();
  return { clock: clock.scope({ offsetMs: -5_000, drift: 0.1 }), settle: virtual(clock) };
});

describe('the virtual clock', () => {
  it('runs what is due in the order of (moment, scheduling), whatever is cancelled', async () => {
    const plans = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 50 }), cancelled: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(plans, async (events) => {
        const clock = new VirtualClock();
        const ran: number[] = [];
        const cancels = events.map(({ ms }, index) => clock.schedule(ms, () => ran.push(index)));
        events.forEach(({ cancelled }, index) => {
          if (cancelled) cancels[index]?.();
        });
        const expected = events
          .map((event, index) => ({ ...event, index }))
          .filter(({ cancelled }) => !cancelled)
          .sort((a, b) => a.ms - b.ms || a.index - b.index)
          .map(({ index }) => index);
        expect(clock.pending).toBe(expected.length);
        while (clock.step());
        expect(ran).toEqual(expected);
        expect(clock.eventsRun).toBe(expected.length);
      }),
    );
  });

  it('keeps its order through sweeps of many cancelled events', () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    const cancels = Array.from({ length: 10_000 }, (_, index) =>
      clock.schedule((index * 7919) % 1000, () => ran.push((index * 7919) % 1000)),
    );
    cancels.forEach((cancel, index) => {
      if (index % 4 !== 0) cancel();
    });
    expect(clock.pending).toBe(2500);
    while (clock.step());
    expect(ran).toEqual(ran.toSorted((a, b) => a - b));
    expect(ran).toHaveLength(2500);
  });

  it('stands still until it is advanced, and ends exactly where it was told to', async () => {
    const clock = new VirtualClock({ epochMs: 1_000_000 });
    const seen: number[] = [];
    for (const ms of [0.0004, 10, 10.5, 99]) clock.schedule(ms, () => seen.push(clock.monotonic()));
    expect([clock.now(), clock.nextAt]).toEqual([1_000_000, 0.001]);
    await clock.advance(10.7);
    expect(seen).toEqual([0.001, 10, 10.5]);
    expect([clock.now(), clock.monotonic(), clock.nextAt]).toEqual([1_000_010, 10.7, 99]);
  });

  it('fires a period of 100 ms ten times a second, for RxJS and XState alike', async () => {
    const clock = new VirtualClock();
    let ticks = 0;
    let beats = 0;
    interval(100, clock.scheduler).subscribe(() => ticks++);
    const machine = createMachine({
      initial: 'waiting',
      states: { waiting: { after: { 100: { target: 'waiting', reenter: true, actions: () => beats++ } } } },
    });
    createActor(machine, { clock: clock.timers }).start();
    await clock.advance(1000);
    expect([ticks, beats]).toEqual([10, 10]);
    await clock.advance(99);
    expect([ticks, beats]).toEqual([10, 10]);
    for (let ms = 0; ms < 1; ms += 0.1) await clock.advance(0.1);
    expect([ticks, beats]).toEqual([11, 11]);
  });

  it('serves the operators of RxJS that look at the time', async () => {
    const clock = new VirtualClock();
    const seen: [string, number][] = [];
    const keys = new Subject<string>();
    keys.pipe(debounceTime(20, clock.scheduler)).subscribe((key) => seen.push([key, clock.monotonic()]));
    of('late')
      .pipe(delay(50, clock.scheduler))
      .subscribe((word) => seen.push([word, clock.monotonic()]));
    keys.next('a');
    await clock.advance(15);
    keys.next('b');
    await clock.advance(100);
    expect(seen).toEqual([
      ['b', 35],
      ['late', 50],
    ]);
  });

  it('gives the promises of a handler their turns before the next event', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    clock.schedule(5, () => {
      void (async () => {
        for (let turn = 0; turn < 1_000; turn++) await null;
        order.push('handled');
      })();
    });
    clock.schedule(5, () => order.push('next'));
    await clock.advance(5);
    expect(order).toEqual(['handled', 'next']);
  });

  it('gives them before the first event, and asks after them whether it may stop', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    const handle = async (name: string): Promise<void> => {
      for (let turn = 0; turn < 100; turn++) await Promise.all([null]);
      order.push(name);
    };
    void handle('before');
    clock.schedule(1, () => void handle('event'));
    clock.schedule(2, () => order.push('too late'));
    expect(await clock.runUntil(() => order.includes('event'), 10)).toBe(true);
    expect(order).toEqual(['before', 'event']);
  });

  it('lets no turn of the real event loop pass, which would make a run depend on the machine', async () => {
    const clock = new VirtualClock();
    let turns = 0;
    const immediate = setImmediate(() => turns++);
    for (let ms = 1; ms <= 100; ms++) clock.schedule(ms, () => Promise.resolve());
    await clock.advance(100);
    expect(turns).toBe(0);
    clearImmediate(immediate);
  });

  it('runs until something is true, or the time is up', async () => {
    const clock = new VirtualClock();
    let count = 0;
    interval(10, clock.scheduler).subscribe(() => count++);
    expect(await clock.runUntil(() => count === 3, 1_000)).toBe(true);
    expect(clock.monotonic()).toBe(30);
    expect(await clock.runUntil(() => count === 99, 100)).toBe(false);
    expect(clock.monotonic()).toBe(130);
    expect(await clock.runUntil(() => true, 0)).toBe(true);
  });

  it('hands on what an event throws, and goes on after it', async () => {
    const clock = new VirtualClock();
    let after = false;
    clock.schedule(1, () => {
      throw new Error('planned');
    });
    clock.schedule(2, () => {
      after = true;
    });
    await expect(clock.advance(10)).rejects.toThrow('planned');
    await clock.advance(10);
    expect(after).toBe(true);
  });

  it('refuses to be advanced from two places at once', async () => {
    const clock = new VirtualClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('already');
    await first;
  });

  it('takes as many events as it may hold, and not one more', () => {
    const clock = new VirtualClock({ eventsMax: 3 });
    const cancels = [1, 2, 3].map((ms) => clock.schedule(ms, () => undefined));
    expect(() => clock.schedule(4, () => undefined)).toThrow('More than 3 events');
    cancels[0]?.();
    clock.schedule(4, () => undefined);
    expect(clock.pending).toBe(3);
  });

  it('calls a livelock by its name', async () => {
    const clock = new VirtualClock({ simultaneousMax: 100 });
    const again = (): void => {
      clock.schedule(0, again);
    };
    again();
    await expect(clock.advance(1)).rejects.toThrow('stands still');
  });
});

describe('a scope', () => {
  it('has a wall clock of its own, which may jump', async () => {
    const clock = new VirtualClock({ epochMs: 0 });
    await clock.advance(500);
    const ahead = clock.scope({ offsetMs: 3_600_000 });
    expect([ahead.now(), ahead.monotonic()]).toEqual([3_600_500, 0]);
    ahead.jump(-3_600_000);
    await clock.advance(100);
    expect([ahead.now(), ahead.monotonic(), clock.now()]).toEqual([600, 100, 600]);
  });

  it('drifts in what it shows and in when it fires', async () => {
    const clock = new VirtualClock({ epochMs: 0 });
    const fast = clock.scope({ drift: 0.25 });
    let firedAt = 0;
    fast.schedule(1000, () => {
      firedAt = clock.monotonic();
    });
    await clock.advance(1000);
    expect(firedAt).toBe(800);
    expect([fast.monotonic(), fast.now()]).toEqual([1250, 1250]);
    expect(() => clock.scope({ drift: -1 })).toThrow(RangeError);
  });

  it('may begin to drift at any moment, and never goes back', async () => {
    const clock = new VirtualClock({ epochMs: 0 });
    const scope = clock.scope();
    await clock.advance(1000);
    scope.drift(-0.5);
    await clock.advance(1000);
    scope.drift(1);
    await clock.advance(10);
    expect([scope.monotonic(), scope.now()]).toEqual([1520, 1520]);
    expect(() => scope.drift(-1)).toThrow(RangeError);
  });

  it('counts the timers that it has yet to run, held ones too', async () => {
    const clock = new VirtualClock();
    const [scope, other] = [clock.scope(), clock.scope()];
    other.schedule(1, () => undefined);
    const cancel = scope.schedule(5, () => undefined);
    for (const ms of [1, 5, 50]) scope.schedule(ms, () => undefined);
    scope.freeze();
    await clock.advance(10);
    expect(scope.pending).toBe(4);
    cancel();
    expect(scope.pending).toBe(3);
    scope.thaw();
    await clock.advance(10);
    expect(scope.pending).toBe(1);
    scope.kill();
    expect(scope.pending).toBe(0);
  });

  it('dies with all it had planned, and plans nothing more', async () => {
    const clock = new VirtualClock();
    const scope = clock.scope();
    const other = clock.scope();
    const ran: string[] = [];
    interval(10, scope.scheduler).subscribe(() => ran.push('dead'));
    scope.timers.setTimeout(() => ran.push('dead'), 5);
    other.schedule(7, () => ran.push('alive'));
    scope.kill();
    scope.schedule(1, () => ran.push('after death'));
    expect([clock.pending, scope.alive]).toEqual([1, false]);
    await clock.advance(100);
    expect(ran).toEqual(['alive']);
  });

  it('holds back what comes due while it is frozen, and runs it in order at the thaw', async () => {
    const clock = new VirtualClock();
    const scope = clock.scope();
    const ran: [string, number][] = [];
    const note = (name: string) => (): void => void ran.push([name, clock.monotonic()]);
    scope.schedule(10, note('a'));
    const cancelled = scope.schedule(15, note('cancelled'));
    scope.schedule(20, note('b'));
    scope.schedule(50, note('c'));
    clock.schedule(30, note('other'));
    scope.freeze();
    await clock.advance(40);
    expect(clock.eventsRun).toBe(1);
    cancelled();
    scope.thaw();
    await clock.advance(60);
    expect(ran).toEqual([
      ['other', 30],
      ['a', 40],
      ['b', 40],
      ['c', 50],
    ]);
  });

  it('may die frozen', async () => {
    const clock = new VirtualClock();
    const scope = clock.scope();
    let ran = false;
    scope.schedule(1, () => {
      ran = true;
    });
    scope.freeze();
    await clock.advance(5);
    scope.kill();
    scope.thaw();
    await clock.advance(5);
    expect([ran, clock.pending]).toEqual([false, 0]);
  });
});
