import { EventEmitter } from 'node:events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { Visitors } from '../../../src/runtime/membrane/visitors.ts';

/** Comes in; returns how to go out. */
async function comeIn(visitors: Visitors): Promise<() => void> {
  const raw = new EventEmitter();
  await visitors.hook.call({} as FastifyInstance, {} as FastifyRequest, { raw } as unknown as FastifyReply);
  return () => void raw.emit('close');
}

describe('a node that closes', () => {
  it('waits for the clients inside, to the last, and lets nobody else in', async () => {
    const visitors = new Visitors();
    const leave = [await comeIn(visitors), await comeIn(visitors)];
    let isEmpty = false;
    const out = visitors.seeOut(60_000).then(() => {
      isEmpty = true;
    });
    await expect(comeIn(visitors)).rejects.toMatchObject({ code: 'stopping' });
    leave[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isEmpty).toBe(false);
    leave[1]?.();
    await out;
    expect(isEmpty).toBe(true);
  });

  it('waits for nobody where nobody is inside, and for no longer than it is told', async () => {
    const visitors = new Visitors();
    (await comeIn(visitors))();
    await visitors.seeOut(60_000);
    const others = new Visitors();
    await comeIn(others);
    await others.seeOut(1);
    await expect(comeIn(others)).rejects.toMatchObject({ code: 'stopping' });
  });
});
