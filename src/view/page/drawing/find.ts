import { type Matcher, matches } from '../data/filter.ts';
import type { Block, RowRef, Rows } from '../data/rows.ts';
import { positionOf, type Span, type ValueScale } from '../data/scale.ts';

/** The request whose mark is nearest to a pixel, within `radius` pixels. */
export function nearest(
  rows: Rows,
  matcher: Matcher,
  span: Span,
  scale: ValueScale,
  size: { width: number; height: number },
  at: { x: number; y: number },
  radius: number,
): RowRef | undefined {
  const msPerPixel = (span.to - span.from) / size.width;
  const centre = span.from + at.x * msPerPixel;
  const from = Math.max(span.from, centre - radius * msPerPixel);
  const to = Math.min(span.to, centre + radius * msPerPixel);
  let best: RowRef | undefined;
  let least = radius * radius;
  for (const block of rows.ending(from, to)) {
    const { end, chunk } = block;
    for (let index = block.from; index < block.to; index++) {
      if (end[index]! < from || end[index]! > to) continue;
      const dx = (end[index]! - centre) / msPerPixel;
      const dy = positionOf(scale, chunk.duration[index]!) * size.height - at.y;
      const distance = dx * dx + dy * dy;
      if (distance >= least || !matches(matcher, block, index)) continue;
      best = { block, index };
      least = distance;
    }
  }
  return best;
}

/** The request that is open in a lane at a time, or the nearest one in the lane within `slackMs`. */
export function inLane(
  rows: Rows,
  matcher: Matcher,
  laneOf: (series: number, slot: number) => number,
  lane: number,
  ms: number,
  slackMs: number,
): RowRef | undefined {
  let best: RowRef | undefined;
  let least = slackMs;
  for (const block of rows.open(ms - slackMs, ms + slackMs)) {
    const { end, chunk } = block;
    for (let index = block.from; index < block.to; index++) {
      const distance = Math.max(end[index]! - chunk.leadOf(index) / 1e6 - ms, ms - end[index]!, 0);
      if (distance > least || (distance === least && best !== undefined)) continue;
      if (laneOf(chunk.series[index]!, chunk.slot.get(index)) !== lane) continue;
      if (!matches(matcher, block, index)) continue;
      best = { block, index };
      least = distance;
    }
  }
  return best;
}

/** The next request (`direction` 1) or the one before (-1), in the order of their ends. */
export function neighbour(rows: Rows, matcher: Matcher, at: RowRef, direction: 1 | -1): RowRef | undefined {
  return closest(
    rows,
    matcher,
    at.block.chunk.timestamp[at.index]!,
    at.block.row + at.index,
    at.block.end[at.index]!,
    direction,
  );
}

/** The last request that ends before `ms`. */
export function lastBefore(rows: Rows, matcher: Matcher, ms: number): RowRef | undefined {
  const ns = BigInt(rows.baseMs) * 1_000_000n + BigInt(Math.round(ms * 1e6));
  return closest(rows, matcher, ns, -1, ms, -1);
}

function closest(
  rows: Rows,
  matcher: Matcher,
  ns: bigint,
  row: number,
  ms: number,
  direction: 1 | -1,
): RowRef | undefined {
  // Compares in ns, and then by row. The comparison in ms decides most cases, and is faster.
  const behind = (block: Block, index: number, otherNs: bigint, otherRow: number) => {
    const own = block.chunk.timestamp[index]!;
    const order = own === otherNs ? block.row + index - otherRow : own > otherNs ? 1 : -1;
    return order * direction > 0;
  };
  let best: RowRef | undefined;
  let bestMs = direction * Number.POSITIVE_INFINITY;
  const slack = 1e-6;
  for (const block of rows.blocks) {
    const nearestMs = direction > 0 ? block.minEnd : block.maxEnd;
    const farthestMs = direction > 0 ? block.maxEnd : block.minEnd;
    if ((farthestMs - ms) * direction < -slack || (nearestMs - bestMs) * direction > slack) continue;
    for (let index = block.from; index < block.to; index++) {
      const end = block.end[index]!;
      if ((end - ms) * direction < -slack || (end - bestMs) * direction > slack) continue;
      if (!behind(block, index, ns, row) || !matches(matcher, block, index)) continue;
      if (
        best !== undefined &&
        behind(block, index, best.block.chunk.timestamp[best.index]!, best.block.row + best.index)
      ) {
        continue;
      }
      best = { block, index };
      bestMs = end;
    }
  }
  return best;
}
