/** Attention sites on a CPU: see ../simd_kernel.ts. */
import { Job } from "./job";
import { add, choose, div, exp, larger, mul, splat, sub } from "./lanes";
import { packQueries, scoreTile, sumValues } from "./scores";
import { solve, sum, weigh } from "./threshold";

const SPARSE = 1, COOLED = 2;
const TILE = 8, STEP: usize = 16;

/** Queries of a unit of work: as in ../simd_job.ts. */
const UNIT = 32;

const LEAST: f32 = -3e38;

/** e^(z − top) of four rows into `weights`; gives their sum. */
// @ts-ignore: decorator

function softmax(from: usize, end: usize, weights: usize, top: v128): v128 {
  let total = splat(0);
  for (let at = from, to = weights; at < end; at += STEP, to += STEP) {
    const e = exp(sub(v128.load(at), top));
    v128.store(to, e);
    total = add(total, e);
  }
  return total;
}

// @ts-ignore: decorator

function largest(from: usize, end: usize): v128 {
  let top = splat(LEAST);
  for (let at = from; at < end; at += STEP) top = larger(top, v128.load(at));
  return top;
}

/**
 * Weights of four rows, times the sum that is returned.
 *
 * @param z Scores, [K][4]; they are lost.
 * @param weights Where the weights go, [K][4].
 * @param powers Memory of as many numbers.
 * @param row The first of the four queries.
 */
function weighRows(job: Job, z: usize, weights: usize, powers: usize, row: i32): v128 {
  const end = z + ((<usize> job.keys) << 4), top = largest(z, end);
  const total = softmax(z, end, weights, top);
  const kind = job.kind;
  if (kind == 0) return total;
  const from = z + ((<usize> job.part) << 4), until = z + ((<usize> job.partEnd) << 4), apart = weights - z;
  const whole = from == z && until == end;
  let partTop = top, mass = total;
  // lanes of queries that the policy reaches
  const rows = i32x4.add(i32x4.splat(row), i32x4(0, 1, 2, 3));
  const reached = v128.and(
    i32x4.ge_s(rows, i32x4.splat(job.reach)),
    i32x4.lt_s(rows, i32x4.splat(job.reachEnd)),
  );
  if (!v128.any_true(reached)) return total;
  if (!whole) {
    partTop = largest(from, until);
    mass = splat(0);
    for (let at = from; at < until; at += STEP) mass = add(mass, v128.load(at + apart));
  }
  if (kind == COOLED) {
    const cool = splat(job.strength);
    let cooled = splat(0);
    for (let at = from; at < until; at += STEP) {
      const e = exp(mul(sub(v128.load(at), partTop), cool));
      v128.store(at, e);
      cooled = add(cooled, e);
    }
    const share = div(mass, cooled);
    for (let at = from; at < until; at += STEP) {
      v128.store(at + apart, choose(reached, mul(v128.load(at), share), v128.load(at + apart)));
    }
    return total;
  }
  const steepness = splat(1 / job.q);
  for (let at = from; at < until; at += STEP) v128.store(at, mul(sub(v128.load(at), partTop), steepness));
  solve(job, from, until, powers);
  const share = div(mul(mass, splat(job.strength)), sum), rest = splat(1 - job.strength);
  for (let at = from; at < until; at += STEP) {
    const dense = v128.load(at + apart);
    v128.store(at + apart, choose(reached, add(mul(weigh(at), share), mul(dense, rest)), dense));
  }
  return total;
}

/**
 * Computes units of a site's work.
 *
 * @param scratch Memory of this thread alone.
 */
export function attend(at: usize, from: i32, to: i32, scratch: usize): void {
  const job = changetype<Job>(at);
  const units = (job.queries + UNIT - 1) / UNIT, bytes = (<usize> job.keys) << 4;
  const q = scratch,
    z0 = q + ((<usize> job.headSize) << 5),
    z1 = z0 + bytes,
    w0 = z1 + bytes,
    w1 = w0 + bytes, powers = w1 + bytes;
  for (let unit = from; unit < to; unit++) {
    const plane = unit / units, batch = plane / job.heads, head = plane % job.heads;
    const first = (unit % units) * UNIT, last = min(first + UNIT, job.queries);
    const query = job.query + (<usize> (batch * job.queryBatch + head * job.queryHead) << 2);
    const key = job.key + (<usize> (batch * job.keyBatch + head * job.keyHead) << 2);
    const value = job.value + (<usize> (batch * job.valueBatch + head * job.valueHead) << 2);
    const output = job.output + (<usize> (batch * job.outputBatch + head * job.outputHead) << 2);
    const mask = job.mask ? job.mask + (<usize> (batch * job.maskBatch + head * job.maskHead) << 2) : 0;
    for (let row = first; row < last; row += TILE) {
      packQueries(job, query, row, q);
      scoreTile(job, q, key, mask, row, z0, z1);
      const total0 = weighRows(job, z0, w0, powers, row), total1 = weighRows(job, z1, w1, powers, row + 4);
      const out = output + (<usize> (row * job.outputRow) << 2);
      sumValues(job, value, row, w0, w1, div(splat(1), total0), div(splat(1), total1), out);
    }
  }
}
