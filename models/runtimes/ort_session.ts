/**
 * onnxruntime's session, as both of its packages have it, behind Winnow's interface.
 *
 * This module knows onnxruntime's shapes but imports neither package: ort_web.ts and ort_node.ts each import theirs.
 *
 * @module
 */
import { DeviceError, GraphError } from "../../errors.ts";
import type { EncodedModel } from "../onnx/encode_onnx.ts";
import { sessionLife } from "./session_life.ts";
import type { Session } from "./runtime.ts";
import { castTensor, type DType, type Tensor, type TensorData, type TensorInfo } from "./tensor.ts";

/** onnxruntime-common's Tensor, as far as it is used here. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  getData(): Promise<unknown>;
  dispose(): void;
}

interface OrtMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** onnxruntime-common's InferenceSession, as far as it is used here. */
export interface OrtSession {
  readonly inputMetadata: readonly OrtMetadata[];
  readonly outputMetadata: readonly OrtMetadata[];
  run(feeds: Record<string, OrtTensor>, fetches?: readonly string[]): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** The part of either package that sessions need. */
export interface Ort {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession>;
  };
}

/** What a session tells of an input or output. */
export function tensorInfo(metadata: OrtMetadata): TensorInfo {
  return { name: metadata.name, dtype: (metadata.type ?? "float32") as DType, shape: metadata.shape ?? [] };
}

/** onnxruntime's message without its source paths. */
export function ortReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\/\S+\.(?:cc|h):\d+/g, "").replace(/\s+/g, " ").trim();
}

/**
 * Compiles a graph with one of the packages, and leaves the session as it is.
 *
 * @throws {GraphError} if onnxruntime refuses it.
 */
export async function createBareSession(
  ort: Ort,
  model: EncodedModel,
  label: string,
  options: Record<string, unknown>,
): Promise<OrtSession> {
  try {
    return await ort.InferenceSession.create(model.graph, { ...options, externalData: model.files });
  } catch (cause) {
    throw new GraphError({
      doing: `compile ${label}`,
      what: "its graph",
      rule: "one that onnxruntime accepts",
      got: ortReason(cause),
      remedy: "The file may be damaged or use an operator that this runtime lacks; try another --device.",
    }, { cause });
  }
}

/**
 * Compiles a graph with one of the packages.
 *
 * @throws {GraphError} if onnxruntime refuses it.
 */
export async function createOrtSession(
  ort: Ort,
  model: EncodedModel,
  label: string,
  options: Record<string, unknown>,
): Promise<Session> {
  return ownSession(ort, await createBareSession(ort, model, label, options), label);
}

/**
 * Runs a session.
 *
 * @throws {DeviceError} with the shapes of the inputs, if onnxruntime fails.
 */
export async function runBare(
  session: OrtSession,
  label: string,
  given: Record<string, OrtTensor>,
  fetches?: readonly string[],
): Promise<Record<string, OrtTensor>> {
  try {
    return fetches ? await session.run(given, fetches) : await session.run(given);
  } catch (cause) {
    const shapes = Object.entries(given).map(([name, { dims }]) => `${name} [${dims.join(", ")}]`);
    throw new DeviceError({
      doing: `run ${label}`,
      what: "the run",
      rule: "one that onnxruntime completes",
      got: `inputs ${shapes.join(", ")}: ${ortReason(cause)}`,
    }, { cause });
  }
}

function ownSession(ort: Ort, session: OrtSession, label: string): Session {
  const life = sessionLife(label, () => session.release());
  const inputs = session.inputMetadata.map(tensorInfo), outputs = session.outputMetadata.map(tensorInfo);

  function toOrt(input: TensorInfo, feeds: Readonly<Record<string, Tensor>>): OrtTensor {
    const given = feeds[input.name];
    if (!given) {
      const got = Object.keys(feeds);
      throw new DeviceError({
        doing: `run ${label}`,
        what: "feeds",
        rule: `tensors that include "${input.name}"`,
        got,
      });
    }
    const { data, shape } = castTensor(given, input.dtype);
    return new ort.Tensor(input.dtype, data, shape);
  }

  return {
    label,
    inputs,
    outputs,
    async run(feeds, fetches) {
      life.check();
      const given = Object.fromEntries(inputs.map((input) => [input.name, toOrt(input, feeds)]));
      let results: Record<string, OrtTensor>;
      try {
        results = await runBare(session, label, given, fetches);
      } finally {
        for (const tensor of Object.values(given)) tensor.dispose();
      }
      const tensors: Record<string, Tensor> = {};
      for (const [name, result] of Object.entries(results)) {
        const raw = {
          dtype: result.type as DType,
          shape: [...result.dims],
          data: await result.getData() as TensorData,
        };
        tensors[name] = raw.dtype === "float16" ? castTensor(raw, "float32") : raw;
        result.dispose();
      }
      return tensors;
    },
    [Symbol.asyncDispose]: () => life[Symbol.asyncDispose](),
  };
}
