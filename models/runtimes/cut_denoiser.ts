/**
 * A cut denoiser: segments on onnxruntime, sites on kernels of our own, and every tensor between them on
 * the GPU.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import type { EncodedModel } from "../onnx/encode_onnx.ts";
import { DataType } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";
import type { CutGraph } from "../surgery/cut_graph.ts";
import type { Segment } from "../surgery/write_segment.ts";
import { createAttentionKernels } from "./attention_kernel.ts";
import { computeSites, type SitePolicy } from "./compute_sites.ts";
import { createGpuBufferPool } from "./gpu_buffer_pool.ts";
import { giveBack, isOnGpu, type PlacedTensor } from "./gpu_tensor.ts";
import { graphTensorInfos } from "./graph_tensor_infos.ts";
import { createPromptCache } from "./prompt_cache.ts";
import { readBack } from "./read_back.ts";
import type { GpuSession, GpuSide, Session } from "./runtime.ts";
import { castTensor, type Tensor } from "./tensor.ts";
import { lastUses } from "./value_lifetimes.ts";

/** What a cut denoiser is made of. */
export interface CutSource {
  /** The denoiser before it was cut: its inputs and outputs are the session's. */
  readonly model: OnnxModel;
  readonly cut: CutGraph;
  /** Encodes a segment for onnxruntime. */
  readonly encode: (model: OnnxModel) => Promise<EncodedModel>;
  /** Cancels the compiling between two segments. */
  readonly signal?: AbortSignal;
}

/** What is wrong with numbers, if anything is. */
function faultOf(numbers: Float32Array): string | undefined {
  const bad = numbers.find((x) => !Number.isFinite(x));
  if (bad !== undefined) return String(bad);
  return numbers.every((x) => x === 0) ? "nothing but zeros" : undefined;
}

/** A compiled cut graph. Attention policies are no part of it: they are given to each session over it. */
export interface CutDenoiser extends AsyncDisposable {
  /**
   * A session that takes and gives what the whole graph does, with these policies at its sites. It only borrows what is
   * compiled: disposing it does nothing.
   */
  session(policyAt: SitePolicy): Session;
}

const FLOATS: ReadonlySet<number | undefined> = new Set([DataType.FLOAT, DataType.FLOAT16]);

const PROMPT_PART = "what depends on the prompt alone";

/** Outputs that stay on the GPU: numbers do; sizes and indices, and what the caller wants, come to the host. */
function outputsOnGpu({ model, outputs }: Segment, wanted: ReadonlySet<string>): string[] {
  const types = new Map(model.proto.graph.output.map(({ name, type }) => [name, type?.tensorType?.elemType]));
  return outputs.filter((name) => FLOATS.has(types.get(name)) && !wanted.has(name));
}

/**
 * Compiles the segments of a cut graph.
 *
 * What depends on the prompt alone is computed once for each set of prompt tensors, told apart by their identity, not
 * their content: do not write into them.
 *
 * @throws {GraphError} if the runtime refuses a segment.
 */
export async function openCutDenoiser(
  gpu: GpuSide,
  { model, cut, encode, signal }: CutSource,
  label: string,
): Promise<CutDenoiser> {
  await using stack = new AsyncDisposableStack();
  const { inputs, outputs } = graphTensorInfos(model);
  const wanted = new Set(outputs.map(({ name }) => name));
  const open = async (segment: Segment, part: string): Promise<GpuSession> => {
    signal?.throwIfAborted();
    return stack.use(
      await gpu.compile(await encode(segment.model), `${label} (${part})`, outputsOnGpu(segment, wanted)),
    );
  };
  const partName = (i: number) => `segment ${i + 1} of ${cut.stages.length}`;
  const prompt = cut.prompt && await open(cut.prompt, PROMPT_PART);
  const segments: (GpuSession | undefined)[] = [];
  for (const [i, { segment }] of cut.stages.entries()) {
    segments.push(segment && await open(segment, partName(i)));
  }
  const kernels = stack.use(createAttentionKernels(gpu.device, { software: gpu.software }));
  const pool = stack.use(createGpuBufferPool(gpu.device));
  const prompts = stack.use(createPromptCache(prompt));
  const uses = lastUses(cut, wanted);
  const owned = stack.move();
  let usable = true;

  async function run(
    feeds: Readonly<Record<string, Tensor>>,
    policyAt: SitePolicy,
    look: (part: string, made: Readonly<Record<string, PlacedTensor>>) => Promise<void> | void = () => {},
  ): Promise<Record<string, Tensor>> {
    const values = new Map<string, PlacedTensor>(Object.entries(feeds));
    const made = new Map<string, PlacedTensor>();
    const keep = (results: Readonly<Record<string, PlacedTensor>>) => {
      for (const [name, tensor] of Object.entries(results)) {
        values.set(name, tensor);
        made.set(name, tensor);
      }
    };
    const drop = (names: readonly string[]) => {
      for (const name of names) {
        const tensor = made.get(name);
        if (tensor) giveBack(tensor);
        made.delete(name);
      }
    };
    try {
      const prompted = await prompts.of(feeds);
      for (const [name, tensor] of Object.entries(prompted)) values.set(name, tensor);
      await look(PROMPT_PART, prompted);
      for (const [i, { sites }] of cut.stages.entries()) {
        const segment = segments[i];
        if (segment) {
          const results = await segment.run(Object.fromEntries(values));
          keep(results);
          await look(partName(i), results);
        }
        drop(uses.bySegment[i]);
        const results = computeSites(
          gpu.device,
          { kernels, pool },
          sites,
          values,
          (site) => policyAt(site, feeds),
        );
        keep(results);
        await look(`attention at ${sites.map(({ id }) => id).join(", ")}`, results);
        drop(uses.bySites[i]);
      }
      return Object.fromEntries(outputs.map(({ name }) => [name, onHost(name, made.get(name))]));
    } finally {
      drop([...made.keys()]);
    }
  }

  function onHost(name: string, tensor: PlacedTensor | undefined): Tensor {
    if (tensor && !isOnGpu(tensor)) {
      return tensor.dtype === "float16" ? castTensor(tensor, "float32") : tensor;
    }
    throw new DeviceError({
      doing: `run ${label}`,
      what: `output ${name}`,
      rule: "given by a segment",
      got: "none",
    });
  }

  async function locateFault(feeds: Readonly<Record<string, Tensor>>, policyAt: SitePolicy) {
    let found: string | undefined;
    await run(feeds, policyAt, async (part, made) => {
      for (const [name, tensor] of Object.entries(made)) {
        if (found || !isOnGpu(tensor)) continue;
        const fault = faultOf(await readBack(gpu.device, tensor));
        if (fault) found = `${part}: ${name} has ${fault}`;
      }
    });
    return found;
  }

  return {
    session: (policyAt) => ({
      label,
      inputs,
      outputs,
      async run(feeds, fetches) {
        if (!usable) {
          throw new DeviceError({
            doing: `run ${label}`,
            what: "its session",
            rule: "open",
            got: "a disposed one",
          });
        }
        const results = await run(feeds, policyAt);
        return fetches ? Object.fromEntries(fetches.map((name) => [name, results[name]])) : results;
      },
      locateFault: (feeds) => locateFault(feeds, policyAt),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
    async [Symbol.asyncDispose]() {
      if (!usable) return;
      usable = false;
      await owned.disposeAsync();
    },
  };
}
