/**
 * NaN, infinity and silent zeros are found where they arise, not in the picture.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import { findFault } from "../models/runtimes/number_fault.ts";
import type { Session } from "../models/runtimes/runtime.ts";
import type { FloatTensor, Tensor } from "../models/runtimes/tensor.ts";

const OVERFLOW =
  "float16 weights can overflow, and extreme guidance or λ can make the latents grow without bound: lower them, or use a float32 export.";
const SILENT = "A driver whose float16 does not work gives zeros: use a float32 export, or another --device.";

function fail(
  component: string,
  rule: string,
  got: string,
  where: string | undefined,
  remedy: string,
): never {
  const arises = where ? `; it first arises in ${where}` : "";
  throw new DeviceError({
    doing: `run ${component}`,
    what: "its output",
    rule,
    got: `${got}${arises}`,
    remedy,
  });
}

/**
 * The tensor, if it is float32, all of its numbers are finite, and not all of them are zero.
 *
 * It is on the host already, so that a look at each number costs next to nothing, at every step.
 *
 * @param tensor A component's output.
 * @param component What made it, for the message.
 * @param where Where in the component a fault first arises, if that was found out.
 * @throws {DeviceError} naming the component and the first number that is not finite.
 */
export function checkFinite(tensor: Tensor, component: string, where?: string): FloatTensor {
  const { data } = tensor;
  if (!(data instanceof Float32Array)) {
    throw new DeviceError({
      doing: `run ${component}`,
      what: "its output",
      rule: "float32",
      got: tensor.dtype,
    });
  }
  const fault = findFault(data);
  switch (fault?.kind) {
    case "not-finite": {
      const got = `${fault.value} at element ${fault.at} of [${tensor.shape.join(", ")}]`;
      return fail(component, "finite numbers", got, where, OVERFLOW);
    }
    case "zeros":
      return fail(component, "numbers other than zero", `${data.length} zeros`, where, SILENT);
    case undefined:
      return tensor as FloatTensor;
    default:
      return fault satisfies never;
  }
}

/**
 * {@linkcode checkFinite} on what a session gave; where that fails, the session is asked where the fault arises.
 *
 * @param feeds What the session was given.
 */
export async function checkPrediction(
  session: Session,
  tensor: Tensor,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<FloatTensor> {
  try {
    return checkFinite(tensor, session.label);
  } catch (error) {
    // Whatever goes wrong on the second way, the fault on the first is what is told.
    const where = await session.locateFault?.(feeds).catch(() => undefined);
    if (where === undefined) throw error;
    return checkFinite(tensor, session.label, where);
  }
}
