import { Body } from './body.ts';
import { LivingNode } from './living-node.ts';
import type { NodePlan } from './plan.ts';

/** Starts a node from its plan; the same for a process and for a simulation. Resolves when it listens, not yet placed. */
export async function grow(plan: NodePlan): Promise<LivingNode> {
  const body = new Body(plan);
  const node = new LivingNode(body);
  await body.start(() => node.localStatus());
  return node;
}
