/**
 * From noise to latents: the sampling loop.
 *
 * @module
 */
import type { Conditioning } from "../models/families/family.ts";
import type { Session } from "../models/runtimes/runtime.ts";
import {
  type FloatTensor,
  floatTensor,
  sliceBatch,
  stackBatches,
  type Tensor,
} from "../models/runtimes/tensor.ts";
import type { Branch, BranchOutputs, GuidanceRule, LatentShape } from "../ops/guidance/guidance.ts";
import type { Scheduler } from "../ops/solvers/scheduler.ts";
import type { NoiseSource } from "../ops/solvers/solver.ts";
import { checkPrediction } from "./check_finite.ts";
import type { SiteGuidanceFeeds } from "./site_guidance_feeds.ts";
import { eventTurns } from "../models/runtimes/event_turns.ts";

/** What one denoising run needs. */
export interface DenoiseInput {
  readonly denoiser: Session;
  /** Evaluates the branch `weak`. */
  readonly weak?: Session;
  readonly scheduler: Scheduler;
  readonly guidance: GuidanceRule;
  /** Whether all branches go through the denoiser in one call. */
  readonly oneBatch: boolean;
  /** For each branch, that of each of the B pictures. */
  readonly conditioning: Readonly<Partial<Record<Branch, readonly Conditioning[]>>>;
  /** What guidance within attention added to the graph. */
  readonly siteFeeds: SiteGuidanceFeeds;
  /** Scalars that the attention policy added to the graph, a value for each step. */
  readonly policyInputs: Readonly<Record<string, readonly number[]>>;
  /** Standard normal noise, [B, C, H, W]. */
  readonly noise: FloatTensor;
  /** Latents of the image that the run starts from, same shape; absent where it starts from noise alone. */
  readonly image?: FloatTensor;
  /** Draws more of it, same size, for stochastic solvers. */
  readonly drawNoise: NoiseSource;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: DenoiseStep) => void | Promise<void>;
  /** Outputs of the denoiser beside its prediction, and who is told what the prompt's own branch gave for them. */
  readonly taps?: DenoiseTaps;
}

/** Values of the denoiser that are looked at, each with an axis for the batch first. */
export interface DenoiseTaps {
  readonly outputs: readonly string[];
  /** Told once a step that evaluates that branch: for each output the rows of the B pictures, which are not to be kept. */
  readonly onValues: (i: number, values: Readonly<Record<string, FloatTensor>>) => void;
}

/** The state after one step. */
export interface DenoiseStep {
  /** Index of the step in the schedule, from 0; a run that starts from an image begins at a later one. */
  readonly i: number;
  /** The sample after the step, [B, C, H, W]. */
  readonly latents: FloatTensor;
  /** The clean latents as predicted at this step, same shape. */
  readonly predOriginal: FloatTensor;
}

/** A batch, repeated. */
function repeatBatch(tensor: FloatTensor, count: number): FloatTensor {
  return stackBatches(Array<FloatTensor>(count).fill(tensor));
}

function timestepTensor(denoiser: Session, timestep: number, batch: number): Tensor {
  const rank = denoiser.inputs.find(({ name }) => name === "timestep")?.shape.length ?? 0;
  return rank === 0
    ? floatTensor([], Float32Array.of(timestep))
    : floatTensor([batch], new Float32Array(batch).fill(timestep));
}

/**
 * Conditionings, each a batch of one, as one batch in their order.
 *
 * @param negative What cross-attention is to be pushed away from: more rows of the text, and of nothing else.
 */
function conditionFeeds(
  conditionings: readonly Conditioning[],
  negative: readonly Conditioning[] = [],
): Record<string, FloatTensor> {
  const stack = (pick: (conditioning: Conditioning) => FloatTensor) => stackBatches(conditionings.map(pick));
  const texts = [...conditionings, ...negative].map(({ encoderHiddenStates }) => encoderHiddenStates);
  const feeds: Record<string, FloatTensor> = { encoder_hidden_states: stackBatches(texts) };
  for (const name of Object.keys(conditionings[0].added)) feeds[name] = stack((c) => c.added[name]);
  return feeds;
}

/** One call of the denoiser: the branches in it, and what they are conditioned on. */
interface Call {
  readonly group: readonly Branch[];
  readonly feeds: Record<string, FloatTensor>;
}

/** The calls that each set of branches takes; steps with the same branches share them. */
function callsOf(
  { oneBatch, conditioning, siteFeeds, noise }: DenoiseInput,
): (branches: readonly Branch[]) => Call[] {
  const known = new Map<string, Call[]>();
  return (branches) => {
    const key = branches.join();
    const own = branches.filter((branch) => branch !== "weak");
    const others = branches.filter((branch) => branch === "weak").map((branch) => [branch]);
    const groups: readonly (readonly Branch[])[] = [
      ...(oneBatch && own.length > 0 ? [own] : own.map((branch) => [branch])),
      ...others,
    ];
    const calls = known.get(key) ?? groups.map((group) => ({
      group,
      feeds: {
        ...conditionFeeds(
          group.flatMap((branch) => conditioning[branch] as readonly Conditioning[]),
          group.includes("nag") ? conditioning.negative : undefined,
        ),
        ...siteFeeds(group, noise.shape[0]),
      },
    }));
    known.set(key, calls);
    return calls;
  };
}

/** Evaluates the branches that guidance wants of a step; which calls that takes was decided by the plan. */
function branchEvaluator(input: DenoiseInput) {
  const { guidance, policyInputs, taps } = input;
  const batch = input.noise.shape[0];
  const scalarsAt = (i: number) =>
    Object.fromEntries(
      Object.entries(policyInputs).map((
        [name, values],
      ) => [name, floatTensor([], Float32Array.of(values[i]))]),
    );
  const calls = callsOf(input);
  return async (sample: FloatTensor, timestep: number, i: number): Promise<BranchOutputs> => {
    const scalars = scalarsAt(i);
    const outputs: Partial<Record<Branch, Float32Array>> = {};
    for (const { group, feeds } of calls(guidance.steps[i].branches)) {
      const isWeak = group[0] === "weak";
      const denoiser = isWeak ? input.weak as Session : input.denoiser, output = denoiser.outputs[0].name;
      const tapped = isWeak ? [] : taps?.outputs ?? [];
      const time = timestepTensor(denoiser, timestep, batch * group.length);
      const stacked = repeatBatch(sample, group.length);
      const given = { ...feeds, ...scalars, sample: stacked, timestep: time };
      const result = await denoiser.run(given, [output, ...tapped], input.signal);
      const prediction = await checkPrediction(denoiser, result[output], given);
      const own = group.findIndex((branch) => branch === "conditional" || branch === "nag");
      if (taps && own >= 0) {
        const rows = (name: string) =>
          sliceBatch(result[name] as FloatTensor, own * batch, (own + 1) * batch);
        taps.onValues(i, Object.fromEntries(taps.outputs.map((name) => [name, rows(name)])));
      }
      group.forEach((branch, b) => outputs[branch] = sliceBatch(prediction, b * batch, (b + 1) * batch).data);
    }
    return outputs;
  };
}

/**
 * Runs the solver over its schedule, from the step at which the scheduler says a run begins.
 *
 * @returns The final latents, [B, C, H, W].
 * @throws {DeviceError} if the denoiser fails or gives NaN.
 * @throws The signal's reason, if it was aborted; checked before each evaluation.
 */
export async function denoise(input: DenoiseInput): Promise<FloatTensor> {
  const { scheduler, guidance, noise, image, signal } = input;
  const { firstStep } = scheduler;
  const evaluate = branchEvaluator(input);
  const shape = noise.shape as LatentShape, batch = shape[0];
  const tensor = (data: Float32Array) => floatTensor(shape, data as Float32Array<ArrayBuffer>);
  let sample: Float32Array = image
    ? scheduler.addNoise(image.data, noise.data, firstStep)
    : noise.data.map((x) => x * scheduler.initNoiseSigma);
  let state = scheduler.start(), guidanceState = guidance.start();
  const letEventsIn = eventTurns();
  for (let i = firstStep; i < scheduler.timesteps.length; i++) {
    await letEventsIn();
    signal?.throwIfAborted();
    const outputs = await evaluate(tensor(scheduler.scaleModelInput(sample, i)), scheduler.timesteps[i], i);
    const guided = guidance.combine({ outputs, i, shape, state: guidanceState });
    guidanceState = guided.state;
    const modelOutput = guided.prediction;
    const result = scheduler.step({ modelOutput, sample, i, state, noise: input.drawNoise, batch });
    ({ prevSample: sample, state } = result);
    await input.onStep?.({ i, latents: tensor(sample), predOriginal: tensor(result.predOriginalSample) });
  }
  await letEventsIn();
  signal?.throwIfAborted();
  return tensor(sample);
}
