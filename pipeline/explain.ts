/**
 * A plan as text that a person reads.
 *
 * @module
 */
import type { HiddenState } from "../models/families/family.ts";
import { describeGuidance } from "../recipes/describe_guidance.ts";
import { sigmasText } from "../recipes/scheduler/sigmas_choice.ts";
import type { AttentionPlan, GuidancePlan, Plan, SchedulerPlan } from "./plan.ts";
import type { SitePolicyPlan } from "./plan_policies.ts";

const LABEL_WIDTH = 12;
const NAME_WIDTH = 16;
const PLACE_WIDTH = 6;

/** Sites are listed up to this many, then counted. */
const MOST_SITES_LISTED = 16;

/** Spans of steps are listed up to this many. */
const MOST_SPANS_LISTED = 4;

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function number(x: number): string {
  return Number.isFinite(x) ? String(Number(x.toPrecision(5))) : "∞";
}

function describeHidden(hidden: HiddenState): string {
  if (hidden.kind === "output") return hidden.name;
  return hidden.clipSkip === 0 ? "last layer" : `last layer but ${hidden.clipSkip}`;
}

/** Where the interval leaves steps out: `, at steps 1 to 4 of 8`. */
function stepsText(values: readonly number[], holds: (value: number) => boolean): string {
  const reached = values.flatMap((value, i) => holds(value) ? [i + 1] : []);
  if (reached.length === values.length) return "";
  const which = reached.length === 0 ? "no step" : spanText(reached[0] - 1, reached[reached.length - 1] - 1);
  return `, at ${which} of ${values.length}`;
}

function policyText({ policy, inputs }: SitePolicyPlan): string {
  // λ or T
  const [values = []] = Object.values(inputs);
  switch (policy.kind) {
    case "dense":
      return "dense softmax";
    case "entmax":
      return `entmax, α ${policy.alpha}`;
    case "temperature":
      return `softmax at temperature ${policy.temperature}` +
        stepsText(values, (temperature) => temperature === policy.temperature);
    case "pladis": {
      const used = values.filter((lambda) => lambda !== 0);
      const varies = used.some((lambda) => lambda !== policy.lambda);
      const span = varies ? ` (${number(used[0])} … ${number(used[used.length - 1])})` : "";
      return `PLADIS, λ ${policy.lambda}${span}, α ${policy.alpha}` +
        stepsText(values, (lambda) => lambda !== 0 || policy.lambda === 0);
    }
    default:
      return policy satisfies never;
  }
}

/** The policy where there is one, else how many. */
function policiesText(policies: readonly SitePolicyPlan[]): string {
  if (policies.length === 0) return "dense softmax";
  return policies.length === 1
    ? policyText(policies[0])
    : `${policies.length} policies, each at sites of its own`;
}

/** What becomes of the sites that no policy takes. */
function untouchedText({ fused, selfSites }: AttentionPlan): string {
  return fused.length
    ? `${counted(fused.length, "other site")} as one operator each, whose scores are never stored`
    : `${selfSites} self-attention sites unchanged`;
}

function attentionLines(attention: AttentionPlan): string[] {
  const { taps } = attention;
  const recorded = taps.length
    ? [line("", `weights of ${counted(taps.length, "site")} recorded as maps`)]
    : [];
  return [...policyLines(attention), ...recorded];
}

function policyLines(attention: AttentionPlan): string[] {
  const { policies, found, selfSites, form, cut, fused, why } = attention;
  const lines = [line("attention", policiesText(policies))];
  const count = policies.reduce((sum, { sites }) => sum + sites.length, 0);
  const reached = `${count} of ${found} cross-attention sites`;
  switch (form) {
    case "none":
      return [
        ...lines,
        fused.length
          ? line("", untouchedText(attention))
          : line("", `graph unchanged (${found} cross-attention and ${selfSites} self-attention sites)`),
      ];
    case "kernel":
      lines.push(
        line(
          "",
          `one kernel for each of ${counted(cut.length, "site")}, between segments of the graph: ${why}`,
        ),
      );
      if (count === 0) return lines;
      lines.push(
        line("", `${policies.length === 1 ? "the policy" : "policies"} at ${reached}, softmax at the others`),
      );
      break;
    case "graph":
      lines.push(
        line("", `nodes in the place of softmax at ${reached}: ${why}`),
        line("", untouchedText(attention)),
      );
      break;
    default:
      return form satisfies never;
  }
  return [
    ...lines,
    ...policies.flatMap((each) => [
      ...(policies.length > 1 ? [line("", policyText(each))] : []),
      ...sitesLines(each),
    ]),
  ];
}

function sitesLines({ sites }: SitePolicyPlan): string[] {
  const listed = sites.slice(0, MOST_SITES_LISTED)
    .map(({ id, place = "" }) => line("", `  ${place.padEnd(PLACE_WIDTH)}${id}`));
  const more = sites.length - listed.length;
  return more > 0 ? [...listed, line("", `  … and ${more} more`)] : listed;
}

function schedulerLines({ solver, predictionType, options, timesteps, sigmas }: SchedulerPlan): string[] {
  const extras = [options.sigmas && sigmasText(options.sigmas), options.eta && `η ${options.eta}`].filter(
    Boolean,
  );
  const head = [
    solver,
    counted(options.steps, "step"),
    `${predictionType.replace("_prediction", "")} prediction`,
    ...extras,
  ].join(", ");
  return [
    line("scheduler", head),
    line(
      "",
      `timesteps ${number(timesteps[0])} … ${number(timesteps.at(-1) as number)}, ` +
        `sigma ${number(sigmas[0])} … ${number(sigmas.at(-1) as number)}`,
    ),
  ];
}

function imageLines({ image, scheduler: { timesteps, firstStep } }: Plan): string[] {
  if (!image) return [];
  const steps = `${spanText(firstStep, timesteps.length - 1)} of ${timesteps.length}`;
  return [
    line(
      "image",
      `${image.width} × ${image.height} pixels, of which ${image.strength} is given up: ${steps}`,
    ),
    line("", "vae_encoder is loaded as well"),
  ];
}

/** `steps 3 to 6`, `step 3`; from 0 in, from 1 out. */
function spanText(from: number, to: number): string {
  return from === to ? `step ${from + 1}` : `steps ${from + 1} to ${to + 1}`;
}

/** Evaluations a step: `2 a step`, or where steps differ `1 at steps 1 to 2, 2 at steps 3 to 8`. */
function countsText(counts: readonly number[]): string {
  const starts = counts.flatMap((count, i) => count === counts[i - 1] ? [] : [i]);
  if (starts.length === 1) return `${counts[0]} a step`;
  if (starts.length > MOST_SPANS_LISTED) return `${Math.min(...counts)} to ${Math.max(...counts)} a step`;
  return starts.map((from, k) => `${counts[from]} at ${spanText(from, (starts[k + 1] ?? counts.length) - 1)}`)
    .join(", ");
}

function guidanceLines({ rule, branches, steps, oneBatch, total }: GuidancePlan): string[] {
  const together = branches.length > 1 ? (oneBatch ? " in one batch" : " in separate calls") : " alone";
  const counts = countsText(steps.map(({ branches }) => branches.length));
  return [
    line("guidance", describeGuidance(rule)),
    line("", `${branches.join(" + ")}${together}: ${counts}, ${counted(total, "evaluation")} an image`),
  ];
}

/**
 * What a plan will do, line by line: components, text, attention sites, steps, evaluations, size, bytes, device, and
 * what falls back and why.
 */
export function explain(plan: Plan): string {
  const { text, size, guidance, scheduler } = plan;
  const [channels, height, width] = size.latents;
  const encoders = text.encoders.map(({ component, hiddenState }) =>
    `${component} (${describeHidden(hiddenState)})`
  );
  const lines = [
    line("model", `${plan.model} from ${plan.source}`),
    ...plan.components.map(({ name, bytes }, i) =>
      line(i ? "" : "components", `${name.padEnd(NAME_WIDTH)}${megabytes(bytes).padStart(10)}`)
    ),
    line("", `${"total".padEnd(NAME_WIDTH)}${megabytes(plan.bytes).padStart(10)}`),
    line("text", `${encoders.join(" + ")}, ${text.tokens} tokens`),
    ...attentionLines(plan.attention),
    ...schedulerLines(scheduler),
    ...guidanceLines(guidance),
    line("size", `${size.width} × ${size.height} pixels, latents ${channels} × ${height} × ${width}`),
    ...imageLines(plan),
    ...(plan.device ? [line("device", plan.device.reason)] : []),
    ...plan.notes.map((note) => line("note", note)),
  ];
  return lines.join("\n");
}
