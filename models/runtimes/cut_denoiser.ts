/**
 * A cut denoiser: segments on onnxruntime, sites on kernels of our own, and every tensor between them where both can
 * read it.
 *
 * @module
 */
import { DeviceError, OutOfMemoryError } from "../../errors.ts";
import type { EncodedModel } from "../onnx/encode_onnx.ts";
import { DataType } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";
import type { CutGraph } from "../surgery/cut_graph.ts";
import type { Segment } from "../surgery/write_segment.ts";
import { type AroundPart, type CutPart, partsOf } from "./cut_part.ts";
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
  /** Sees the parts of each run, to time them. Default: nobody does. */
  readonly around?: AroundPart;
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
 * A run that is out of memory gives back all but what is compiled. If it was onnxruntime that ran out of it, the runtime
 * must then be opened again, else the next run may go on.
 *
 * @throws {GraphError} if the runtime refuses a segment.
 * @throws {OutOfMemoryError} if there is no memory for one.
 */
export async function openCutDenoiser(
  side: CutSide,
  { model, cut, encode, signal, around = (_part, work) => work() }: CutSource,
  label: string,
): Promise<CutDenoiser> {
  await using stack = new AsyncDisposableStack();
  const { inputs, outputs } = graphTensorInfos(model);
  const wanted = new Set(outputs.map(({ name }) => name));
  const parts = partsOf(cut);
  const open = async (segment: Segment, { name }: CutPart): Promise<PlacedSession> => {
    signal?.throwIfAborted();
    return stack.use(
      await side.compile(await encode(segment.model), `${label} (${name})`, keptOutputs(segment, wanted)),
    );
  };
  const prompt = cut.prompt && await open(cut.prompt, parts.prompt);
  const segments: (PlacedSession | undefined)[] = [];
  for (const [i, { segment }] of cut.stages.entries()) {
    segments.push(segment && await open(segment, parts.stages[i].segment));
  }
  const computer = stack.use(await side.openSites(label));
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
      const prompted = await around(parts.prompt, () => prompts.of(feeds));
      for (const [name, tensor] of Object.entries(prompted)) values.set(name, tensor);
      await look(parts.prompt.name, prompted);
      for (const [i, { sites }] of cut.stages.entries()) {
        await letEventsIn();
        signal?.throwIfAborted();
        const segment = segments[i], part = parts.stages[i];
        if (segment) {
          const results = await around(part.segment, () => segment.run(Object.fromEntries(values)));
          keep(results);
          await look(part.segment.name, results);
        }
        drop(uses.bySegment[i]);
        if (part.attention) {
          const compute = () => computer.compute(sites, values, (site) => policyAt(site, feeds));
          const results = await around(part.attention, compute);
          keep(results);
          await look(part.attention.name, results);
        }
        drop(uses.bySites[i]);
      }
      return Object.fromEntries(outputs.map(({ name }) => [name, onHost(name, made.get(name))]));
    } finally {
      drop([...made.keys()]);
    }
  }

  /** Out of memory, nothing is kept for later runs. */
  async function runOrTidy(...given: Parameters<typeof run>): Promise<Record<string, Tensor>> {
    try {
      return await run(...given);
    } catch (error) {
      if (error instanceof OutOfMemoryError) {
        prompts.empty();
        computer.empty();
      }
      throw error;
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
        const fault = findFault(await side.read(tensor, `${name} of ${label}`));
        if (fault?.kind === "not-finite") first = `${part}: ${name} has ${fault.value}`;
        // A value may well be zero everywhere, so that this counts only where nothing worse is found.
        if (fault?.kind === "zeros") zeros ??= `${part}: ${name} has nothing but zeros`;
      }
    };
    await runOrTidy(feeds, { policyAt, look });
    return first ?? zeros;
  }

  return {
    session: (policyAt) => ({
      label,
      inputs,
      outputs,
      async run(feeds, fetches, signal) {
        life.check();
        const results = await runOrTidy(feeds, { policyAt, ...(signal ? { signal } : {}) });
        return fetches ? Object.fromEntries(fetches.map((name) => [name, results[name]])) : results;
      },
      locateFault: (feeds) => locateFault(feeds, policyAt),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
    [Symbol.asyncDispose]: () => life[Symbol.asyncDispose](),
  };
}
