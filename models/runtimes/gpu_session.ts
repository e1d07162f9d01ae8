/**
 * onnxruntime's session with tensors that stay on the GPU.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { giveBack, type GpuTensor, isOnGpu, type PlacedTensor } from "./gpu_tensor.ts";
import { countLive } from "./live_count.ts";
import { sessionLife } from "./session_life.ts";
import { type Ort, type OrtSession, type OrtTensor, runBare, tensorInfo } from "./ort_session.ts";
import type { PlacedSession } from "./cut_side.ts";
import { castTensor, type DType, type TensorData, type TensorInfo } from "./tensor.ts";

/** onnxruntime-web's Tensor with what it can do on a GPU. */
interface GpuOrtTensor extends OrtTensor {
  readonly location: string;
  readonly gpuBuffer: GPUBuffer;
}

type GpuTensorClass = {
  fromGpuBuffer(
    buffer: GPUBuffer,
    options: { dataType: string; dims: readonly number[]; dispose?: () => void },
  ): OrtTensor;
};

function ownTensor(tensor: GpuOrtTensor): GpuTensor {
  const release = countLive("gpuTensors");
  let held = true;
  return {
    dtype: tensor.type as DType,
    shape: [...tensor.dims],
    buffer: tensor.gpuBuffer,
    [Symbol.dispose]() {
      if (!held) return;
      held = false;
      tensor.dispose();
      release();
    },
  };
}

/** Puts Winnow's interface around a session that was created with `gpu-buffer` as the place of its float outputs. */
export function ownGpuSession(ort: Ort, session: OrtSession, label: string): PlacedSession {
  const life = sessionLife(label, () => session.release());
  const inputs = session.inputMetadata.map(tensorInfo), outputs = session.outputMetadata.map(tensorInfo);

  function toOrt({ name, dtype }: TensorInfo, given: PlacedTensor | undefined): OrtTensor {
    if (!given || (isOnGpu(given) && given.dtype !== dtype)) {
      throw new DeviceError({
        doing: `run ${label}`,
        what: `input "${name}"`,
        rule: `a tensor of ${dtype}`,
        got: given ? `one of ${given.dtype}` : "none",
      });
    }
    if (isOnGpu(given)) {
      const { fromGpuBuffer } = ort.Tensor as unknown as GpuTensorClass;
      return fromGpuBuffer(given.buffer, { dataType: dtype, dims: given.shape });
    }
    const { data, shape } = castTensor(given, dtype);
    return new ort.Tensor(dtype, data, shape);
  }

  return {
    label,
    inputs,
    outputs,
    async run(feeds) {
      life.check();
      const given = Object.fromEntries(inputs.map((input) => [input.name, toOrt(input, feeds[input.name])]));
      const results = await runBare(session, label, given);
      const tensors: Record<string, PlacedTensor> = {};
      for (const [name, result] of Object.entries(results)) {
        if ((result as GpuOrtTensor).location === "gpu-buffer") {
          tensors[name] = ownTensor(result as GpuOrtTensor);
        }
      }
      try {
        for (const [name, result] of Object.entries(results)) {
          if (name in tensors) continue;
          const data = await result.getData() as TensorData;
          tensors[name] = { dtype: result.type as DType, shape: [...result.dims], data };
          result.dispose();
        }
      } catch (error) {
        Object.values(tensors).forEach(giveBack);
        throw error;
      }
      return tensors;
    },
    [Symbol.asyncDispose]: () => life[Symbol.asyncDispose](),
  };
}
