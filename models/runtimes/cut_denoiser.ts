/**
 * A cut denoiser: segments on onnxruntime, sites on kernels of our own, and every tensor between them where both can
 * read it.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import type { EncodedModel } from "../onnx/encode_onnx.ts";
import { DataType } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";
import type { CutGraph } from "../surgery/cut_graph.ts";
import type { Segment } from "../surgery/write_segment.ts";
import type { CutSide, PlacedSession, SitePolicy } from "./cut_side.ts";
import { giveBack, isOnGpu, type PlacedTensor } from "./gpu_tensor.ts";
import { graphTensorInfos } from "./graph_tensor_infos.ts";
import { eventTurns } from "./event_turns.ts";
import { findFault } from "./number_fault.ts";
import { sessionLife } from "./session_life.ts";
import { createPromptCache } from "./prompt_cache.ts";
import type { Session } from "./runtime.ts";
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

/** A compiled cut graph. Attention policies are no part of it: they are given to each session over it. */
export interface CutDenoiser extends AsyncDisposable {
  /**
   * A session that takes and gives what the whole graph does, with these policies at its sites. It only borrows what is
   * compiled: disposing it does nothing.
   */
  session(policyAt: SitePolicy): Session;
}

/** One run over the stages. */
interface CutRun {
  readonly policyAt: SitePolicy;
  readonly signal?: AbortSignal;
  /** Is shown what each part has made, before anything of it is given back. */
  readonly look?: (part: string, made: Readonly<Record<string, PlacedTensor>>) => Promise<void> | void;
}

const isFloat = ({ dtype }: PlacedTensor) => dtype === "float32" || dtype === "float16";

const FLOATS: ReadonlySet<number | undefined> = new Set([DataType.FLOAT, DataType.FLOAT16]);

const PROMPT_PART = "what depends on the prompt alone";

/** Outputs that stay where they are computed: numbers do; sizes and indices, and what the caller wants, do not. */
function keptOutputs({ model, outputs }: Segment, wanted: ReadonlySet<string>): string[] {
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
  side: CutSide,
  { model, cut, encode, signal }: CutSource,
  label: string,
): Promise<CutDenoiser> {
  await using stack = new AsyncDisposableStack();
  const { inputs, outputs } = graphTensorInfos(model);
  const wanted = new Set(outputs.map(({ name }) => name));
  const open = async (segment: Segment, part: string): Promise<PlacedSession> => {
    signal?.throwIfAborted();
    return stack.use(
      await side.compile(await encode(segment.model), `${label} (${part})`, keptOutputs(segment, wanted)),
    );
  };
  const partName = (i: number) => `segment ${i + 1} of ${cut.stages.length}`;
  const prompt = cut.prompt && await open(cut.prompt, PROMPT_PART);
  const segments: (PlacedSession | undefined)[] = [];
  for (const [i, { segment }] of cut.stages.entries()) {
    segments.push(segment && await open(segment, partName(i)));
  }
  const computer = stack.use(await side.openSites());
  const prompts = stack.use(createPromptCache(prompt));
  const uses = lastUses(cut, wanted);
  const owned = stack.move();
  const life = sessionLife(label, () => owned.disposeAsync());

  async function run(
    feeds: Readonly<Record<string, Tensor>>,
    { policyAt, signal, look = () => {} }: CutRun,
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
    const letEventsIn = eventTurns();
    try {
      const prompted = await prompts.of(feeds);
      for (const [name, tensor] of Object.entries(prompted)) values.set(name, tensor);
      await look(PROMPT_PART, prompted);
      for (const [i, { sites }] of cut.stages.entries()) {
        await letEventsIn();
        signal?.throwIfAborted();
        const segment = segments[i];
        if (segment) {
          const results = await segment.run(Object.fromEntries(values));
          keep(results);
          await look(partName(i), results);
        }
        drop(uses.bySegment[i]);
        const results = await computer.compute(sites, values, (site) => policyAt(site, feeds));
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
    let first: string | undefined, zeros: string | undefined;
    const look = async (part: string, made: Readonly<Record<string, PlacedTensor>>) => {
      for (const [name, tensor] of Object.entries(made)) {
        if (first !== undefined || !isFloat(tensor)) continue;
        const fault = findFault(await side.read(tensor));
        if (fault?.kind === "not-finite") first = `${part}: ${name} has ${fault.value}`;
        // A value may well be zero everywhere, so that this counts only where nothing worse is found.
        if (fault?.kind === "zeros") zeros ??= `${part}: ${name} has nothing but zeros`;
      }
    };
    await run(feeds, { policyAt, look });
    return first ?? zeros;
  }

  return {
    session: (policyAt) => ({
      label,
      inputs,
      outputs,
      async run(feeds, fetches, signal) {
        life.check();
        const results = await run(feeds, { policyAt, ...(signal ? { signal } : {}) });
        return fetches ? Object.fromEntries(fetches.map((name) => [name, results[name]])) : results;
      },
      locateFault: (feeds) => locateFault(feeds, policyAt),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
    [Symbol.asyncDispose]: () => life[Symbol.asyncDispose](),
  };
}
