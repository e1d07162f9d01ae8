/** The kernel on a device: layouts, masks, joint attention, sizes, several sites in one submission. */
import assert from "node:assert/strict";
import { DeviceError } from "../../../errors.ts";
import type { KernelHost } from "../../../models/runtimes/kernel_host.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import { readBack } from "../../../models/runtimes/read_back.ts";
import { policyReference } from "../../../ops/attention/policy_reference.ts";
import { maxAbs } from "../../helpers/goldens.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { PLADIS, SITE_PROBLEMS } from "../../helpers/site_problems.ts";
import { bench, CLOSE, LEAST, pose } from "./posed_site.ts";

const HOSTS: Record<string, KernelHost | undefined> = {
  "a query an invocation": undefined,
  "a tile a workgroup": LEAST,
  "a tile of few invocations": { ...LEAST, maxInvocations: 32 },
};

for (const [title, host] of Object.entries(HOSTS)) {
  testOnDevices(`attention kernel, ${title}: equals float64`, ["webgpu"], async () => {
    const before = liveCounts();
    {
      await using tools = await bench(host);
      for (const [name, problem] of Object.entries(SITE_PROBLEMS)) {
        const { dispatch, result, expected } = pose(tools, problem);
        tools.submit((kernels, pass) => kernels.encode(pass, dispatch));
        const error = maxAbs(await readBack(tools.device, result), expected());
        assert.ok(error <= CLOSE, `${name}: off by ${error}`);
      }
      assert.deepEqual(tools.errors, []);
    }
    assert.deepEqual(liveCounts(), before);
  });

  testOnDevices(
    `attention kernel, ${title}: sites of one submission keep their own λ`,
    ["webgpu"],
    async () => {
      await using tools = await bench(host);
      const posed = [0, 1, 2, 3].map((lambda) =>
        pose(tools, { policy: { kind: "pladis", lambda, alpha: 2 } })
      );
      tools.submit((kernels, pass) => posed.forEach(({ dispatch }) => kernels.encode(pass, dispatch)));
      for (const { result, expected } of posed) {
        assert.ok(maxAbs(await readBack(tools.device, result), expected()) <= CLOSE);
      }
    },
  );

  testOnDevices(`attention kernel, ${title}: in joint attention the policy reaches its part alone`, [
    "webgpu",
  ], async () => {
    await using tools = await bench(host);
    const queries = 12, keys = 12, heads = 1, headSize = 8, image = [0, 7] as const, text = [7, 12] as const;
    const layout = "heads", layouts = { query: layout, key: layout, value: layout, output: layout } as const;
    const { dispatch, result, values } = pose(tools, { batch: 1, heads, queries, keys, headSize, layouts });
    tools.submit((kernels, pass) =>
      kernels.encode(pass, { ...dispatch, joint: { queries: image, keys: text } })
    );
    const [q, k, v] = ["q", "k", "v"].map((name) => values.get(`site/${name}`)!.data as Float32Array);
    const wanted = new Float32Array(queries * headSize);
    for (let i = 0; i < queries; i++) {
      const z = Float64Array.from({ length: keys }, (_, j) => {
        let sum = 0;
        for (let d = 0; d < headSize; d++) sum += q[i * headSize + d] * k[j * headSize + d];
        return sum * dispatch.scale;
      });
      const weights = policyReference({ kind: "dense" }, z, keys);
      if (i < image[1]) {
        // arXiv 2503.07677: the text's part is replaced, and its mass kept.
        const mass = weights.slice(...text).reduce((a, b) => a + b);
        policyReference(PLADIS, z.slice(...text), text[1] - text[0]).forEach((w, j) =>
          weights[text[0] + j] = mass * w
        );
      }
      for (let d = 0; d < headSize; d++) {
        wanted[i * headSize + d] = weights.reduce((sum, w, j) => sum + w * v[j * headSize + d], 0);
      }
    }
    assert.ok(maxAbs(await readBack(tools.device, result), wanted) <= CLOSE);
  });
}

testOnDevices(
  "attention kernel: what is beyond the device is an error that names it",
  ["webgpu"],
  async () => {
    await using tools = await bench();
    const { dispatch } = pose(tools, {});
    tools.submit((kernels, pass) => {
      assert.throws(() => kernels.encode(pass, { ...dispatch, batch: 100_000 }), (error: Error) => {
        assert.ok(error instanceof DeviceError);
        assert.match(
          error.message,
          /^Cannot compute attention of 9 queries: batch must be at most \d+ on this adapter, got 100000/,
        );
        return true;
      });
      assert.throws(
        () => kernels.encode(pass, { ...dispatch, headSize: 300 }),
        /headSize must be a whole number from 1 to 256/,
      );
    });
  },
);
