/**
 * NaN and infinity are found where they arise, not in the picture.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import type { FloatTensor, Tensor } from "../models/runtimes/tensor.ts";

/**
 * The tensor, if it is float32 and all of its numbers are finite.
 *
 * @param tensor A component's output.
 * @param component What made it, for the message.
 * @throws {DeviceError} naming the component and the first number that is not finite.
 */
export function checkFinite(tensor: Tensor, component: string): FloatTensor {
  const { data } = tensor;
  if (!(data instanceof Float32Array)) {
    throw new DeviceError({
      doing: `run ${component}`,
      what: "its output",
      rule: "float32",
      got: tensor.dtype,
    });
  }
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new DeviceError({
      doing: `run ${component}`,
      what: "its output",
      rule: "finite numbers",
      got: `${data[i]} at element ${i} of [${tensor.shape.join(", ")}]`,
      remedy:
        "float16 weights can overflow, and extreme guidance or λ can make the latents grow without bound: lower them, or use a float32 export.",
    });
  }
  return tensor as FloatTensor;
}
