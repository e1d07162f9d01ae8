/** The kernel on a device: layouts, masks, joint attention, sizes, several sites in one submission. */
import assert from "node:assert/strict";
import { DeviceError } from "../../../errors.ts";
import {
  type AttentionDispatch,
  type AttentionKernels,
  createAttentionKernels,
} from "../../../models/runtimes/attention_kernel.ts";
import { type KernelHost, kernelHost } from "../../../models/runtimes/choose_kernel.ts";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { createGpuBufferPool } from "../../../models/runtimes/gpu_buffer_pool.ts";
import type { GpuTensor } from "../../../models/runtimes/gpu_tensor.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import { readBack } from "../../../models/runtimes/read_back.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import { layoutShape, type OperandLayout } from "../../../models/surgery/operand_layout.ts";
import type { AttentionPolicy } from "../../../ops/attention/policy.ts";
import { policyReference } from "../../../ops/attention/policy_reference.ts";
import { maxAbs } from "../../helpers/goldens.ts";
import { referenceSite } from "../../helpers/reference_site.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";

const PLADIS: AttentionPolicy = { kind: "pladis", lambda: 2, alpha: 1.5 };
const GROUPED: KernelHost = { software: false, subgroups: undefined, maxInvocations: 32 };
const HOSTS = { "a query an invocation": undefined, "a query a workgroup": GROUPED };

/** Operands of order 1 summed in float32 over up to a thousand keys. */
const CLOSE = 2e-5;

interface Problem {
  readonly layouts?: Partial<Record<"query" | "key" | "value" | "output", OperandLayout>>;
  readonly batch?: number;
  readonly heads?: number;
  readonly queries?: number;
  readonly keys?: number;
  readonly headSize?: number;
  readonly mask?: readonly number[];
  readonly policy?: AttentionPolicy;
}

/** A device with what the tests need on it. */
async function bench(host?: KernelHost) {
  const found = (await findAdapter())!;
  const gpu = await openGpu(found), { device } = gpu;
  const errors: string[] = [];
  device.addEventListener(
    "uncapturederror",
    (event) => errors.push((event as GPUUncapturedErrorEvent).error.message),
  );
  const kernels = createAttentionKernels(device, host ?? await kernelHost(device, found.software));
  const pool = createGpuBufferPool(device);
  const upload = ({ shape, data }: Tensor): GpuTensor => {
    const tensor = pool.tensor("float32", shape, "operand");
    device.queue.writeBuffer(tensor.buffer, 0, data as Float32Array<ArrayBuffer>);
    return tensor;
  };
  const submit = (fill: (kernels: AttentionKernels, pass: GPUComputePassEncoder) => void) => {
    const encoder = device.createCommandEncoder(), pass = encoder.beginComputePass();
    fill(kernels, pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  return {
    device,
    pool,
    upload,
    submit,
    errors,
    async [Symbol.asyncDispose]() {
      kernels[Symbol.dispose]();
      pool[Symbol.dispose]();
      await gpu[Symbol.asyncDispose]();
    },
  };
}

let phase = 0;
function random(shape: readonly number[]): Tensor {
  const start = phase++;
  const size = shape.reduce((a, b) => a * b);
  return floatTensor(
    shape,
    Float32Array.from({ length: size }, (_, i) => 1.5 * Math.sin(12.9898 * (i + 31 * start))),
  );
}

/** A problem's dispatch, and what it should give. */
function pose({ upload, pool }: Awaited<ReturnType<typeof bench>>, problem: Problem) {
  const { batch = 2, heads = 2, queries = 9, keys = 77, headSize = 20, mask, policy = PLADIS } = problem;
  const { query = "packed", key = "packed", value = "packed", output = "packed" } = problem.layouts ?? {};
  const values = new Map<string, Tensor>([
    ["q", random(layoutShape(query, { batch, length: queries }, { heads, headSize }))],
    ["k", random(layoutShape(key, { batch, length: keys }, { heads, headSize }))],
    ["v", random(layoutShape(value, { batch, length: keys }, { heads, headSize }))],
    ...(mask ? [["m", random(mask)] as const] : []),
  ]);
  const scale = 1 / Math.sqrt(headSize);
  const at = (name: string, layout: OperandLayout) => ({ buffer: upload(values.get(name)!).buffer, layout });
  const result = pool.tensor(
    "float32",
    layoutShape(output, { batch, length: queries }, { heads, headSize }),
    "result",
  );
  const dispatch: AttentionDispatch = {
    query: at("q", query),
    key: at("k", key),
    value: at("v", value),
    output: { buffer: result.buffer, layout: output },
    ...(mask ? { mask: { buffer: upload(values.get("m")!).buffer, shape: mask } } : {}),
    batch,
    heads,
    headSize,
    queries,
    keys,
    scale,
    policy,
    dtype: "float32",
  };
  const expected = () =>
    referenceSite(
      {
        id: "site",
        kind: "cross",
        node: "site",
        dtype: "float32",
        masked: mask !== undefined,
        operands: {
          query: { value: "q", layout: query },
          key: { value: "k", layout: key },
          value: { value: "v", layout: value },
          output: { value: "o", layout: output },
          heads,
          headSize,
          scale,
          ...(mask ? { mask: "m" } : {}),
        },
      },
      values,
      policy,
    ).data as Float32Array;
  return { dispatch, result, expected, values };
}

const PROBLEMS: Record<string, Problem> = {
  "packed": {},
  "heads": { layouts: { query: "heads", key: "heads", value: "heads", output: "heads" } },
  "folded": { layouts: { query: "folded", key: "folded", value: "folded", output: "folded" } },
  "each in its own": { layouts: { query: "packed", key: "heads", value: "folded", output: "heads" } },
  "a mask of the keys": { mask: [2, 1, 1, 77] },
  "a mask of all": { mask: [2, 2, 9, 77] },
  "a mask of one batch": { mask: [1, 1, 9, 77] },
  "one key, one query": { keys: 1, queries: 1 },
  "one element": { headSize: 1, keys: 5 },
  "a large head": { headSize: 256, keys: 40 },
  "an odd large head": { headSize: 129, keys: 300, queries: 3 },
  "more keys than are kept": { keys: 1100, queries: 5 },
  "dense, many keys": { keys: 3000, queries: 3, policy: { kind: "dense" } },
  "more queries than a workgroup": { queries: 131, batch: 1, keys: 8 },
  "α 1.05": { policy: { kind: "pladis", lambda: 1.5, alpha: 1.05 } },
  "α 4": { policy: { kind: "entmax", alpha: 4 } },
};

for (const [title, host] of Object.entries(HOSTS)) {
  testOnDevices(`attention kernel, ${title}: equals float64`, ["webgpu"], async () => {
    const before = liveCounts();
    {
      await using tools = await bench(host);
      for (const [name, problem] of Object.entries(PROBLEMS)) {
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
    const [q, k, v] = ["q", "k", "v"].map((name) => values.get(name)!.data as Float32Array);
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
