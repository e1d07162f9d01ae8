/**
 * The judge: a small detector that reads a scene back from a picture.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { encodeForSession } from "../../models/onnx/encode_onnx.ts";
import { readOnnx } from "../../models/onnx/read_onnx.ts";
import { readJudgeFile } from "../../models/pocket/pocket_judge.ts";
import { openRuntime, parseDeviceRequest } from "../../models/runtimes/choose_device.ts";
import type { DeviceReport, DeviceRequest, Session } from "../../models/runtimes/runtime.ts";
import { type FloatTensor, sliceBatch } from "../../models/runtimes/tensor.ts";
import type { Pixels } from "../../pipeline/png_codec.ts";
import { createTurns } from "../../pipeline/turns.ts";
import type { Seen } from "../scene.ts";
import { judgeInput } from "./judge_input.ts";
import { judgeOutput } from "./judge_output.ts";

/** How to open a judge. */
export interface OpenJudgeOptions {
  /** Which runtime. Default: what WINNOW_DEVICE names, else "auto": a GPU if there is one, else wasm. */
  readonly device?: DeviceRequest;
  /** Where it is kept, if it is fetched by URL. Default: WINNOW_CACHE, else the platform's cache folder. */
  readonly cacheDir?: string;
  /** Cancels the opening. */
  readonly signal?: AbortSignal;
}

/** A judge, loaded; it owns a runtime and a session. */
export interface Judge extends AsyncDisposable {
  /** Where it runs. */
  readonly device: DeviceReport;
  /**
   * Reads pictures. Calls made while another runs wait for their turn.
   *
   * @param pictures Pictures of any size, which are brought to 64x64 by area; or [n, 3, 64, 64], RGB, float32, -1 to 1.
   * @returns What is seen in each.
   * @throws {DomainError} The tensor has another shape, or holds a NaN.
   * @throws {DeviceError} The judge was disposed.
   */
  read(pictures: readonly Pixels[] | FloatTensor): Promise<Seen[]>;
}

/** Pictures that go through the network at once, so that memory stays small however many there are. */
const MOST_AT_ONCE = 64;

async function readAll(session: Session, images: FloatTensor): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let start = 0; start < images.shape[0]; start += MOST_AT_ONCE) {
    const image = sliceBatch(images, start, Math.min(start + MOST_AT_ONCE, images.shape[0]));
    const { objects, color } = await session.run({ image });
    seen.push(...judgeOutput(objects as FloatTensor, color as FloatTensor));
  }
  return seen;
}

/**
 * Opens the judge of the bundled model's world, whose files lie beside the model.
 *
 * @example
 * ```ts ignore
 * import { openJudge } from "./judge.ts";
 * import { verdict } from "./verdict.ts";
 * import { readCaption } from "../world/world.ts";
 * import { pipeline, pocket, recipe } from "../../mod.ts";
 *
 * await using pipe = await pipeline(recipe({ model: pocket() }));
 * await using judge = await openJudge();
 * const scene = readCaption("a cat left of a dog");
 * const [seen] = await judge.read([await pipe.generate("a cat left of a dog", { seed: 7 })]);
 * if (scene) console.log(verdict(scene, seen).right);
 * ```
 *
 * @throws {BundleError} A file is missing, damaged or cannot be fetched.
 * @throws {DeviceError} The device asked for is not there.
 */
export async function openJudge(options: OpenJudgeOptions = {}): Promise<Judge> {
  const { cacheDir, signal } = options;
  await using stack = new AsyncDisposableStack();
  const model = readOnnx(await readJudgeFile("model.onnx", { cacheDir, signal }), "the judge's model.onnx");
  const runtime = stack.use(await openRuntime(parseDeviceRequest(options.device)));
  signal?.throwIfAborted();
  const session = stack.use(await runtime.compile(encodeForSession(model), "the judge"));
  signal?.throwIfAborted();
  const turns = createTurns(), owned = stack.move();
  let open = true;
  return {
    device: runtime.report,
    async read(pictures) {
      if (!open) {
        const fault = { doing: "judge pictures", what: "the judge", rule: "open", got: "a disposed one" };
        throw new DeviceError(fault);
      }
      const images = judgeInput(pictures);
      return await turns.take(() => readAll(session, images));
    },
    async [Symbol.asyncDispose]() {
      open = false;
      await turns.close(() => owned.disposeAsync());
    },
  };
}
