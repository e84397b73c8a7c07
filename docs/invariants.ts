import {
  EPILOGUES,
  FAULT_KINDS,
  type FaultKind,
  INVARIANTS,
  ONE_SEED_ONE_TRACE,
} from '../src/runtime/simulation/index.ts';
import { grouped, heading, table } from './markdown.ts';

/** What must hold in every run, from the checkers' own words. */
export function invariantsPage(): string {
  const all = [...INVARIANTS, ONE_SEED_ONE_TRACE, ...EPILOGUES];
  const always = all.filter(({ holds }) => holds === 'always');
  const inTheEnd = all.filter(({ holds }) => holds === 'in the end');
  return `${heading('Invariants', 'src/runtime/simulation/checkers and src/runtime/simulation/epilogue')}
What PeerTree promises whatever happens, in ${all.length} sentences. Each has one checker in
[src/runtime/simulation](../src/runtime/simulation), which looks at every simulated organism: incrementally after every event,
at whatever that event touched, and at everything once in 1,000 events and at the end. A test feeds each checker a violation,
so that none of them is content with whatever it sees. How organisms are run is in [simulation.md](simulation.md).

## At every moment

A breach is one of correctness: \`peertree simulate\` exits with 11.

${always.map(section).join('\n\n')}

## Once faults have stopped

The organism has its time to heal; what does not hold then is a breach of liveness, exit code 10.

${inTheEnd.map(section).join('\n\n')}
`;
}

function section({ name, promise, how }: (typeof INVARIANTS)[number] | typeof ONE_SEED_ONE_TRACE): string {
  return `### ${name}\n\n**${promise}**\n\n${how}`;
}

/** What may be done to an organism, from the kinds' own words. */
export function faultsPage(): string {
  const rows = Object.entries(FAULT_KINDS).map(([name, kind]) => {
    const { meaning, params, lastsMs } = kind as unknown as FaultKind<object>;
    const names = Object.keys(params).map((param) => `\`${param}\``);
    return [`\`${name}\``, meaning, names.join(', ') || 'none', lastsMs.map(grouped).join(' to ')];
  });
  return `${heading('Faults', 'src/runtime/simulation/faults')}
What a plan of a simulation can do to an organism: the kinds of \`peertree simulate --faults FILE\`, of \`Strike\` in
\`peertree/simulation\`, and of what a seed draws. Nodes are numbers from 0, the founder; a parameter that ends with \`?\` may be
left out. \`nodes\`, \`from\` and \`to\` name the ends of links; without them a fault of the network is one of all links. Every
fault has \`at\` and may have \`for\`, milliseconds or durations such as \`5s\`; without \`for\` it lasts until faults stop.

${table(['kind', 'what happens', 'parameters', 'lasts, drawn (ms)'], rows)}

What the product does not promise to survive is left out when its moment comes, and counts as not struck: more than a third
of the nodes down at once, and a voter's disk that loses in silence what it has promised.
`;
}
