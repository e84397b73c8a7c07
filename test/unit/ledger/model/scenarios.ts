import { type Scenario, type SlotPlan, VOID } from './protocol.ts';

const slot = (name: string, ballots: number, more: Partial<SlotPlan> = {}): SlotPlan => ({
  name,
  ballots,
  lastAcknowledged: false,
  ...more,
});

/** An owner signed two orders for one slot, which two ballots may have to clear up. */
export const equivocation: Scenario = {
  slots: [slot('home', 2)],
  bodies: [
    { name: 'order', legs: ['home'] },
    { name: 'another', legs: ['home'] },
  ],
};

/** An order that is stuck, and two ballots that compete for it. */
export const unlock: Scenario = { slots: [slot('home', 2)], bodies: [{ name: 'order', legs: ['home'] }] };

/** A trade whose party in the other slot has signed something else as well; both slots are balloted at once. */
export const cheatedAbroad: Scenario = {
  slots: [slot('home', 1), slot('other', 1)],
  bodies: [
    { name: 'trade', legs: ['home', 'other'] },
    { name: 'order', legs: ['other'] },
  ],
};

/** The same where the party of the home slot is the one that cheats. */
export const cheatedAtHome: Scenario = {
  slots: [slot('home', 1), slot('other', 1)],
  bodies: [
    { name: 'trade', legs: ['home', 'other'] },
    { name: 'order', legs: ['home'] },
  ],
};

/** An offer that somebody takes and its maker cancels: a ballot may choose the cancellation, which needs no other slot. */
export const offer: Scenario = {
  slots: [slot('home', 1, { choosable: ['cancel'] }), slot('other', 1)],
  bodies: [
    { name: 'trade', legs: ['home', 'other'] },
    { name: 'cancel', legs: ['home'] },
  ],
};

/** Two who may void and post a pending transfer, in two ballots that may choose either. */
export const resolution: Scenario = {
  slots: [slot('home', 2, { choosable: ['post', VOID] })],
  bodies: [{ name: 'post', legs: ['home'] }],
};

/** The committee changes while an order is under way and being unlocked. */
export const change: Scenario = {
  slots: [slot('other', 1, { lastAcknowledged: true }), slot('committee', 1, { handover: true })],
  bodies: [{ name: 'order', legs: ['other'] }],
};

/** Searched with every test run. */
export const small = { unlock, cheatedAbroad, cheatedAtHome, offer, resolution, change };

/** Searched by `npm run soak:ledger-model`. */
export const deep = {
  equivocation,
  thrice: { slots: [slot('home', 3)], bodies: unlock.bodies },
  homeTwice: { slots: [slot('home', 2), slot('other', 1)], bodies: cheatedAbroad.bodies },
  otherTwice: { slots: [slot('home', 1), slot('other', 2)], bodies: cheatedAbroad.bodies },
  everybodyCheats: {
    slots: [slot('home', 1), slot('other', 1)],
    bodies: [...cheatedAbroad.bodies, { name: 'another', legs: ['home'] }],
  },
  changeWithLies: {
    slots: change.slots,
    bodies: [...change.bodies, { name: 'another', legs: ['other'] }],
  },
} satisfies Record<string, Scenario>;
