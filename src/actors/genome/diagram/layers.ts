/**
 * Nodes in layers, each behind those whose links lead to it. A link that spans layers passes a point in each one between,
 * and where it has a label, the label has a place of its own there: so neither covers a node nor another label. Sizes are
 * across and along the direction in which the layers follow each other.
 */
export interface LayerNode {
  readonly id: string;
  readonly across: number;
  readonly along: number;
}

export interface LayerLink {
  readonly from: string;
  readonly to: string;
  /** The size of its label; none where both are 0. */
  readonly across: number;
  readonly along: number;
}

/** A place by its middle. */
export interface Spot {
  readonly across: number;
  readonly along: number;
}

export interface Layering {
  readonly across: number;
  readonly along: number;
  readonly nodes: ReadonlyMap<string, Spot>;
  /** For each link, the points that it passes from its start to its end, and which of them is its label's. */
  readonly routes: readonly { readonly points: readonly Spot[]; readonly label: number }[];
}

interface Stop {
  readonly across: number;
  readonly along: number;
  readonly before: Stop[];
  readonly after: Stop[];
  /** Its middle. */
  at: number;
}

/** What lies between two neighbours of a layer, and between two layers. */
const GAP_ACROSS = 24;
const GAP_ALONG = 14;
const SWEEPS = 8;

export function layer(nodes: readonly LayerNode[], links: readonly LayerLink[]): Layering {
  const turned = turnedLinks(nodes, links);
  const ranks = rankNodes(nodes, turned);
  const layers: Stop[][] = [];
  const stopAt = (rank: number, across: number, along: number): Stop => {
    const stop: Stop = { across, along, before: [], after: [], at: 0 };
    layers[rank] = [...(layers[rank] ?? []), stop];
    return stop;
  };
  const stops = new Map(nodes.map(({ id, across, along }) => [id, stopAt(ranks.get(id) ?? 0, across, along)]));
  const ways = turned.map(({ link, isTurned }) => {
    const [start, end] = isTurned ? [link.to, link.from] : [link.from, link.to];
    return wayOf(
      stops.get(start),
      stops.get(end),
      ranks.get(start) ?? 0,
      ranks.get(end) ?? 0,
      { link, isTurned },
      stopAt,
    );
  });
  const filled = Array.from({ length: layers.length }, (_, rank) => layers[rank] ?? []);
  order(filled);
  spread(filled);
  return measured(filled, stops, ways);
}

interface Turned {
  readonly link: LayerLink;
  /** Whether it leads against the layers, since it closes a circle. */
  readonly isTurned: boolean;
}

/** Links in the order of a walk from the first node; those that lead back to where the walk came from are turned. */
function turnedLinks(nodes: readonly LayerNode[], links: readonly LayerLink[]): Turned[] {
  const state = new Map<string, 'open' | 'done'>();
  const backward = new Set<LayerLink>();
  const visit = (id: string): void => {
    if (state.has(id)) return;
    state.set(id, 'open');
    for (const link of links.filter(({ from }) => from === id)) {
      if (state.get(link.to) === 'open') backward.add(link);
      else visit(link.to);
    }
    state.set(id, 'done');
  };
  for (const { id } of nodes) visit(id);
  return links.map((link) => ({ link, isTurned: backward.has(link) }));
}

/** Two ranks from node to node: the one between is for labels. */
function rankNodes(nodes: readonly LayerNode[], turned: readonly Turned[]): Map<string, number> {
  const ranks = new Map<string, number>();
  const sources = (id: string): string[] =>
    turned.flatMap(({ link: { from, to }, isTurned }) => ((isTurned ? from : to) === id ? [isTurned ? to : from] : []));
  const rankOf = (id: string): number => {
    const known = ranks.get(id);
    if (known !== undefined) return known;
    const rank = Math.max(-2, ...sources(id).map(rankOf)) + 2;
    ranks.set(id, rank);
    return rank;
  };
  for (const { id } of nodes) rankOf(id);
  return ranks;
}

interface Way {
  /** In the direction of the link. */
  readonly stops: readonly Stop[];
  readonly label: number;
}

function wayOf(
  start: Stop | undefined,
  end: Stop | undefined,
  from: number,
  to: number,
  { link, isTurned }: Turned,
  stopAt: (rank: number, across: number, along: number) => Stop,
): Way {
  const count = Math.max(0, to - from - 1);
  // Next to where the link really starts.
  const label = isTurned ? count - 1 : 0;
  const between = Array.from({ length: count }, (_, index) =>
    index === label ? stopAt(from + 1 + index, link.across, link.along) : stopAt(from + 1 + index, 2, 0),
  );
  const all = [start, ...between, end].filter((stop) => stop !== undefined);
  for (const [index, stop] of all.entries()) {
    const next = all[index + 1];
    if (next === undefined) break;
    stop.after.push(next);
    next.before.push(stop);
  }
  return isTurned ? { stops: between.toReversed(), label: 0 } : { stops: between, label };
}

/** Each layer in the order of its neighbours' places, back and forth; the order with the fewest crossings is kept. */
function order(layers: Stop[][]): void {
  let best = layers.map((row) => [...row]);
  let fewest = number(layers);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    for (const row of down ? layers : layers.toReversed()) {
      const wish = new Map(row.map((stop) => [stop, mean(down ? stop.before : stop.after, stop.at)]));
      row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      for (const [index, stop] of row.entries()) stop.at = index;
    }
    const crossings = number(layers);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = layers.map((row) => [...row]);
  }
  for (const [index, row] of best.entries()) layers[index] = row;
}

/** Numbers every stop by its place, and counts how often links cross. */
function number(layers: readonly Stop[][]): number {
  for (const row of layers) for (const [index, stop] of row.entries()) stop.at = index;
  let crossings = 0;
  for (const row of layers) {
    const links = row.flatMap((stop) => stop.after.map((next) => [stop.at, next.at] as const));
    for (const [index, [a, b]] of links.entries()) {
      crossings += links.slice(index + 1).filter(([c, d]) => (a - c) * (b - d) < 0).length;
    }
  }
  return crossings;
}

function mean(stops: readonly Stop[], otherwise: number): number {
  return stops.length === 0 ? otherwise : stops.reduce((sum, stop) => sum + stop.at, 0) / stops.length;
}

/** Moves stops towards their neighbours, as far as those of their layer let them. */
function spread(layers: readonly Stop[][]): void {
  for (const row of layers) {
    let edge = 0;
    for (const stop of row) {
      stop.at = edge + stop.across / 2;
      edge += stop.across + GAP_ACROSS;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const row of sweep % 2 === 0 ? layers : layers.toReversed()) settle(row);
  }
}

/** The mean of packing a layer as far left and as far right as its wishes go keeps every distance. */
function settle(row: readonly Stop[]): void {
  const wishes = row.map((stop) => mean([...stop.before, ...stop.after], stop.at));
  const left = packed(row, wishes);
  const right = packed(row.toReversed(), wishes.map((wish) => -wish).toReversed())
    .map((place) => -place)
    .toReversed();
  for (const [index, stop] of row.entries()) stop.at = ((left[index] ?? 0) + (right[index] ?? 0)) / 2;
}

function packed(row: readonly Stop[], wishes: readonly number[]): number[] {
  let edge = Number.NEGATIVE_INFINITY;
  return row.map((stop, index) => {
    const place = Math.max(wishes[index] ?? 0, edge + stop.across / 2);
    edge = place + stop.across / 2 + GAP_ACROSS;
    return place;
  });
}

function measured(layers: readonly Stop[][], stops: ReadonlyMap<string, Stop>, ways: readonly Way[]): Layering {
  const all = layers.flat();
  const least = Math.min(0, ...all.map((stop) => stop.at - stop.across / 2));
  const spots = new Map<Stop, Spot>();
  let along = 0;
  for (const row of layers) {
    const deep = Math.max(0, ...row.map((stop) => stop.along));
    for (const stop of row) spots.set(stop, { across: stop.at - least, along: along + deep / 2 });
    along += deep + GAP_ALONG;
  }
  const spotOf = (stop: Stop): Spot => spots.get(stop) ?? { across: 0, along: 0 };
  return {
    across: Math.max(0, ...all.map((stop) => stop.at - least + stop.across / 2)),
    along: Math.max(0, along - GAP_ALONG),
    nodes: new Map([...stops].map(([id, stop]) => [id, spotOf(stop)])),
    routes: ways.map((way) => ({ points: way.stops.map(spotOf), label: way.label })),
  };
}
