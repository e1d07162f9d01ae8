/** Tiles at sizes that fit them and that do not, at the least limits and at larger ones, beside float64. */
import assert from "node:assert/strict";
import { chooseKernel } from "../../../models/runtimes/choose_kernel.ts";
import type { KernelHost } from "../../../models/runtimes/kernel_host.ts";
import { readBack } from "../../../models/runtimes/read_back.ts";
import type { AttentionPolicy } from "../../../ops/attention/policy.ts";
import { maxAbs } from "../../helpers/goldens.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";
import type { SiteProblem } from "../../helpers/site_problems.ts";
import { bench, CLOSE, LEAST, pose } from "./posed_site.ts";

const HOSTS: Record<string, KernelHost> = {
  "the least limits": LEAST,
  "larger limits": { ...LEAST, maxInvocations: 1024, maxWorkgroupStorage: 32_768 },
};

const HEAD_SIZES = [1, 3, 40, 64, 80, 160, 256];

const SHORT = [1, 2, 77], LONG = [300, 512, 513, 1024, 4096];

/** A half's rounding of a result of order 1. */
const HALF_CLOSE = 2e-3;

/** Poses problems one after another and compares what comes out. */
async function equal(host: KernelHost, problems: readonly SiteProblem[]) {
  await using tools = await bench(host);
  for (const problem of problems) {
    const { dispatch, result, expected } = pose(tools, problem);
    tools.submit((kernels, pass) => kernels.encode(pass, dispatch));
    const error = maxAbs(await readBack(tools.device, result), expected());
    const bar = problem.dtype === "float16" ? HALF_CLOSE : CLOSE;
    assert.ok(error <= bar, `${JSON.stringify(problem)}: off by ${error}`);
  }
  assert.deepEqual(tools.errors, []);
}

for (const [title, host] of Object.entries(HOSTS)) {
  testOnDevices(`tile, ${title}: head sizes and keys`, ["webgpu"], async () => {
    const short = SHORT.flatMap((keys) =>
      HEAD_SIZES.map((headSize): SiteProblem => ({ keys, headSize, heads: 2, batch: 1, queries: 19 }))
    );
    // each length with two head sizes, and each head size with a length or more
    const long = LONG.flatMap((keys, i) =>
      [i, i + 3].map((at): SiteProblem => ({
        keys,
        headSize: HEAD_SIZES[at % HEAD_SIZES.length],
        heads: 1,
        batch: 1,
        queries: 9,
      }))
    );
    await equal(host, [...short, ...long]);
  });

  testOnDevices(`tile, ${title}: queries that do not fill the tiles`, ["webgpu"], async () => {
    const counts = [1, 2, 31, 33, 100];
    await equal(host, counts.map((queries) => ({ queries, batch: 1, keys: 11, headSize: 8 })));
  });

  testOnDevices(`tile, ${title}: masks, kept scores and not`, ["webgpu"], async () => {
    await equal(
      host,
      [77, 2100].flatMap((keys) =>
        [[1, 1, 1, keys], [2, 1, 1, keys], [1, 2, 1, keys], [1, 1, 9, keys], [2, 2, 9, keys]].map((mask) => ({
          keys,
          mask,
          headSize: 12,
        }))
      ),
    );
  });

  testOnDevices(`tile, ${title}: every kind of policy, kept scores and not`, ["webgpu"], async () => {
    const policies: AttentionPolicy[] = [
      { kind: "dense" },
      { kind: "temperature", temperature: 0.5 },
      { kind: "entmax", alpha: 1.5 },
      { kind: "pladis", lambda: 2, alpha: 1.25 },
      { kind: "pladis", lambda: 2, alpha: 1.75 },
      { kind: "pladis", lambda: 2, alpha: 2 },
      { kind: "pladis", lambda: 2, alpha: 3 },
    ];
    await equal(host, policies.flatMap((policy) => [77, 2100].map((keys) => ({ policy, keys, batch: 1 }))));
  });

  testOnDevices(`tile, ${title}: half precision, heads of whole vectors and not`, ["webgpu"], async () => {
    await equal(
      host,
      [3, 40, 64].flatMap((headSize) =>
        [5, 77, 1100].map((keys): SiteProblem => ({ headSize, keys, dtype: "float16", batch: 1 }))
      ),
    );
  });
}

/** Weights of so many equal keys are 2⁻¹⁷, and sums of small whole numbers times that are exact. */
const LIVE = 2 ** 17;

/** Most keys that a software adapter is given in dense attention with heads of four elements. */
function mostKeys(host: KernelHost): number {
  const shape = { kind: "dense", alpha: undefined, dtype: "float32", masked: true, joint: false } as const;
  const takes = (keys: number) => {
    try {
      return chooseKernel(host, { ...shape, keys, headSize: 4, heads: 1, queries: 1 }).lanes.kind === "tile";
    } catch {
      return false;
    }
  };
  let keys = LIVE;
  assert.ok(takes(keys), "not even these are taken");
  for (let step = LIVE; step >= 1; step /= 2) if (takes(keys + step)) keys += step;
  return keys;
}

testOnDevices(
  "tile: none of the most keys that a software adapter is given is left out",
  ["webgpu"],
  async () => {
    const host: KernelHost = { ...LEAST, software: true }, keys = mostKeys(host), masked = keys - LIVE;
    await using tools = await bench(host);
    const { device } = tools;
    const { dispatch, result } = pose(tools, {
      policy: { kind: "dense" },
      headSize: 4,
      heads: 1,
      batch: 1,
      queries: 1,
      keys,
      mask: [1, 1, 1, keys],
    });
    const value = (i: number) => 8 + Math.floor(i / 4) % 7 + i % 4;
    const write = (operand: { readonly buffer: GPUBuffer }, length: number, at: (i: number) => number) =>
      device.queue.writeBuffer(operand.buffer, 0, Float32Array.from({ length }, (_, i) => at(i)));
    write(dispatch.query, 4, () => 0);
    write(dispatch.mask!, keys, (j) => j < masked ? -1e9 : 0);
    write(dispatch.value, 4 * keys, value);
    tools.submit((kernels, pass) => kernels.encode(pass, dispatch));
    const wanted = new Float32Array(4);
    for (let i = 4 * masked; i < 4 * keys; i++) wanted[i % 4] += value(i) / LIVE;
    // a turn has four keys, each of which is 8 · 2⁻¹⁷ of the result at least
    assert.ok(maxAbs(await readBack(device, result), wanted) <= CLOSE);
    assert.deepEqual(tools.errors, []);
  },
);
