/** One denoiser call on random inputs, its sites computed by kernels, against the originals; and its faults. */
import assert from "node:assert/strict";
import { DeviceError, DeviceLostError } from "../../../errors.ts";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import { openCutDenoiser } from "../../../models/runtimes/cut_denoiser.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import type { CutSide } from "../../../models/runtimes/cut_side.ts";
import type { DeviceName, Runtime } from "../../../models/runtimes/runtime.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import { cutGraph } from "../../../models/surgery/cut_graph.ts";
import { type CuttableSite, isCuttable } from "../../../models/surgery/cuttable_site.ts";
import { fuseSelfAttention } from "../../../models/surgery/fuse_self_attention.ts";
import type { AttentionPolicy } from "../../../ops/attention/policy.ts";
import {
  FAMILIES,
  type FamilyName,
  loadCoreForward,
  MOVED,
  moved,
  policyOf,
} from "../../helpers/core_forward.ts";
import { relativeL2 } from "../../helpers/goldens.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** The runtimes that cut graphs. */
const CUTTING: readonly DeviceName[] = ["webgpu", "wasm"];

/** As in rewrite_sites_test.ts: dense attention's own distance from PyTorch on WebGPU, and the bar of amplified inputs. */
const DENSE = 5e-5, MARGIN = 10;

async function load(family: FamilyName) {
  const loaded = await loadCoreForward(family);
  return { ...loaded, sites: loaded.sites.filter(isCuttable) };
}

type Loaded = Awaited<ReturnType<typeof load>>;

function open(runtime: Runtime, { model, sites, changing }: Loaded, signal?: AbortSignal) {
  const cut = cutGraph(model, sites, changing);
  const encode = (part: typeof model) => Promise.resolve(encodeForSession(part));
  return openCutDenoiser(runtime.cut as CutSide, { model, cut, encode, signal }, "unet");
}

const atCross = (policy: AttentionPolicy) => ({ kind }: CuttableSite): AttentionPolicy =>
  kind === "self" ? { kind: "dense" } : policy;

for (const family of FAMILIES) {
  const loaded = await load(family), { goldens, feeds, inputs, outputs, output } = loaded;
  Deno.test(`cut denoiser: ${family}: every site can be cut`, () => {
    assert.ok(loaded.taken.every(isCuttable));
  });

  testOnDevices(
    `cut denoiser: ${family}: ${outputs.length} policies equal the original`,
    CUTTING,
    async (device) => {
      const before = liveCounts();
      {
        await using runtime = await runtimeFor(device);
        await using denoiser = await open(runtime, loaded);
        let denseError = 0;
        for (const name of outputs) {
          const session = denoiser.session(atCross(policyOf(name)));
          const run = async (given: Record<string, Tensor>) =>
            (await session.run(given, [output]))[output].data as Float32Array;
          const out = await run(feeds);
          const error = relativeL2(out, goldens.floats("core_forward", name));
          if (name === "out.dense") {
            denseError = error;
            assert.ok(error <= DENSE, `${name}: relative L2 ${error}`);
            continue;
          }
          const amplified = Math.max(
            1,
            relativeL2(await run({ ...feeds, [inputs.image]: moved(feeds[inputs.image]) }), out) / MOVED,
          );
          const bar = Math.min(1e-2, MARGIN * amplified * denseError);
          assert.ok(error <= bar, `${name}: relative L2 ${error}, above ${bar}`);
        }
      }
      assert.deepEqual(liveCounts(), before);
    },
  );
}

/** A part of a denoiser that has run. */
interface Ran {
  readonly part: string | undefined;
  readonly gives: readonly string[];
}

/** A runtime's side that notes which parts of a denoiser run. */
function noting(cut: CutSide, ran: Ran[]): CutSide {
  return {
    ...cut,
    async compile(model, label, kept) {
      const session = await cut.compile(model, label, kept);
      const gives = session.outputs.map(({ name }) => name);
      return {
        ...session,
        run: (feeds) => {
          ran.push({ part: /\((.*)\)/.exec(label)?.[1], gives });
          return session.run(feeds);
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}

for (const family of ["sd15", "pixart", "sana"] as const) {
  testOnDevices(
    `cut denoiser: ${family}: the text's keys and values are made once a prompt`,
    CUTTING,
    async (device) => {
      const loaded = await load(family), { feeds, inputs, output } = loaded;
      await using runtime = await runtimeFor(device);
      const ran: Ran[] = [], cut = noting(runtime.cut as CutSide, ran);
      await using denoiser = await open({ ...runtime, cut }, loaded);
      const session = denoiser.session(atCross({ kind: "dense" }));
      const step = async (given: Record<string, Tensor>) => {
        ran.length = 0;
        const { data } = (await session.run(given, [output]))[output];
        return { data, parts: [...ran] };
      };
      const first = await step(feeds), [prompt, ...stages] = first.parts;
      assert.equal(prompt.part, "what depends on the prompt alone");
      const cross = loaded.sites.filter(({ kind }) => kind === "cross");
      const made = cross.flatMap(({ operands: { key, value } }) => [key.value, value.value]);
      assert.ok(made.length > 0 && made.every((name) => prompt.gives.includes(name)));
      assert.ok(stages.every(({ gives }) => !gives.some((name) => made.includes(name))));
      assert.deepEqual(await step(feeds), { data: first.data, parts: stages });
      const later = await step({ ...feeds, [inputs.image]: moved(feeds[inputs.image]) });
      assert.deepEqual(later.parts, stages);
      assert.notDeepEqual(later.data, first.data);
      const other = await step({ ...feeds, [inputs.text]: moved(feeds[inputs.text]) });
      assert.deepEqual(other.parts, first.parts);
      assert.notDeepEqual(other.data, first.data);
    },
  );
}

testOnDevices(
  "cut denoiser: self-attention may be left to one operator of the runtime's",
  CUTTING,
  async (device) => {
    const loaded = await load("sdxl"), { goldens, feeds } = loaded;
    await using runtime = await runtimeFor(device);
    const model = fuseSelfAttention(loaded.model, loaded.sites.filter(({ kind }) => kind === "self"));
    const sites = loaded.sites.filter(({ kind }) => kind === "cross");
    await using denoiser = await open(runtime, { ...loaded, model, sites });
    const { out_sample } = await denoiser.session(atCross({ kind: "dense" })).run(feeds);
    const error = relativeL2(out_sample.data as Float32Array, goldens.floats("core_forward", "out.dense"));
    assert.ok(error <= DENSE, `relative L2 ${error}`);
  },
);

testOnDevices(
  "cut denoiser: what is wrong with a number is traced to where it arises",
  CUTTING,
  async (device) => {
    const loaded = await load("sd15"), { feeds, sites } = loaded;
    await using runtime = await runtimeFor(device);
    await using denoiser = await open(runtime, loaded);
    const spoil = ({ shape, data }: Tensor, value: number) =>
      floatTensor(shape, (data as Float32Array<ArrayBuffer>).map((x, i) => i === 0 ? value : x));
    const session = denoiser.session(atCross({ kind: "dense" }));
    assert.equal(await session.locateFault?.(feeds), undefined);
    const prompt = { ...feeds, encoder_hidden_states: spoil(feeds.encoder_hidden_states, NaN) };
    assert.match(
      await session.locateFault?.(prompt) as string,
      /^what depends on the prompt alone: .* has NaN$/,
    );
    const image = { ...feeds, sample: spoil(feeds.sample, NaN) };
    assert.match(await session.locateFault?.(image) as string, /^segment 1 of \d+: .* has NaN$/);
    // What no recipe can ask for: a kernel that fails at the first site.
    const overflowing = denoiser.session((site) =>
      site === sites.find(({ kind }) => kind === "cross")
        ? { kind: "pladis", lambda: NaN, alpha: 1.5 }
        : { kind: "dense" }
    );
    // the CPU's kernel is not even given it
    if (device === "wasm") {
      await assert.rejects(
        Promise.resolve(overflowing.locateFault?.(feeds)),
        /lambda must be a number from 0 to 10/,
      );
      return;
    }
    assert.match(
      await overflowing.locateFault?.(feeds) as string,
      /^attention at down_blocks\.0.*attn2: .* has -?(Infinity|NaN)$/,
    );
  },
);

testOnDevices(
  "cut denoiser: a missing feed and a disposed session are errors that say so",
  CUTTING,
  async (device) => {
    const loaded = await load("sd15"), { feeds } = loaded;
    await using runtime = await runtimeFor(device);
    const denoiser = await open(runtime, loaded), session = denoiser.session(atCross({ kind: "dense" }));
    const tensors = liveCounts().gpuTensors;
    const { timestep: _, ...incomplete } = feeds;
    await assert.rejects(session.run(incomplete), (error: Error) => {
      assert.ok(error instanceof DeviceError);
      assert.match(
        error.message,
        device === "webgpu"
          ? /^Cannot run unet \(segment 1 of \d+\): input "timestep" must be a tensor of float32, got "none"/
          : /^Cannot run unet \(segment 1 of \d+\): feeds must be tensors that include "timestep", got/,
      );
      return true;
    });
    // What the prompt alone decides is kept for the next run; nothing else is.
    assert.ok(liveCounts().gpuTensors - tensors <= 2 * loaded.sites.length);
    await denoiser[Symbol.asyncDispose]();
    await denoiser[Symbol.asyncDispose]();
    await assert.rejects(session.run(feeds), /its session must be open, got "a disposed one"/);
  },
);

testOnDevices("cut denoiser: compiling can be cancelled, and leaves nothing", CUTTING, async (device) => {
  await using runtime = await runtimeFor(device);
  const before = liveCounts();
  await assert.rejects(open(runtime, await load("sd15"), AbortSignal.abort(new Error("enough"))), /enough/);
  assert.deepEqual(liveCounts(), before);
});

testOnDevices(
  "cut denoiser: a device lost in mid-run is told, and everything is given back",
  ["webgpu"],
  async (device) => {
    const loaded = await load("sd15"), { feeds } = loaded;
    const before = liveCounts();
    {
      await using runtime = await runtimeFor(device);
      await using denoiser = await open(runtime, loaded);
      const session = denoiser.session(atCross({ kind: "dense" }));
      await session.run(feeds);
      const running = session.run(feeds);
      runtime.gpu?.device.destroy();
      await assert.rejects(running, DeviceLostError);
      await assert.rejects(session.run(feeds), DeviceLostError);
    }
    assert.deepEqual(liveCounts(), before);
    await using runtime = await runtimeFor(device);
    await using denoiser = await open(runtime, loaded);
    await denoiser.session(atCross({ kind: "dense" })).run(feeds);
  },
);

testOnDevices(
  "cut denoiser: a run that is cancelled ends before its next segment, and leaves nothing",
  CUTTING,
  async (device) => {
    const loaded = await load("sd15"), { feeds, sites } = loaded;
    await using runtime = await runtimeFor(device);
    await using denoiser = await open(runtime, loaded);
    const whole = denoiser.session(atCross({ kind: "dense" }));
    await whole.run(feeds);
    const { gpuTensors } = liveCounts();
    const controller = new AbortController(), seen: string[] = [];
    const cancelled = denoiser.session(({ id }) => {
      seen.push(id);
      if (seen.length === 3) controller.abort(new Error("enough"));
      return { kind: "dense" };
    });
    await assert.rejects(cancelled.run(feeds, ["out_sample"], controller.signal), /^Error: enough$/);
    assert.deepEqual(seen, sites.slice(0, 3).map(({ id }) => id));
    assert.equal(liveCounts().gpuTensors, gpuTensors);
    await whole.run(feeds, undefined, new AbortController().signal);
  },
);
