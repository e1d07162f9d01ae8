/**
 * The prompts of each picture of a run.
 *
 * @module
 */
import { readsNegative } from "../ops/guidance/guidance.ts";
import { DomainError } from "../errors.ts";
import type { Plan } from "./plan.ts";

/** The prompts of a run beside the first: one for all pictures, or a list with one for each. */
export interface PromptLists {
  /** What the picture should not show. Only with guidance. */
  readonly negativePrompt?: string | readonly string[];
  /** The prompt for the second text encoder. Default: the prompt. */
  readonly prompt2?: string | readonly string[];
  /** The negative prompt for the second text encoder. Default: the negative prompt. */
  readonly negativePrompt2?: string | readonly string[];
}

/** The prompts of one picture, those that were given. */
export interface EachPrompts {
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly prompt2?: string;
  readonly negativePrompt2?: string;
}

/** Number of images in one run. @default {1} */
export const DEFAULT_IMAGES = 1;

function refusal(what: string, rule: string, got: unknown, remedy?: string): DomainError {
  return new DomainError({ doing: "generate", what, rule, got, ...(remedy ? { remedy } : {}) });
}

function countPictures(prompt: string | readonly string[], images: number | undefined): number {
  if (typeof prompt === "string") {
    if (images === undefined) return DEFAULT_IMAGES;
    if (Number.isInteger(images) && images >= 1) return images;
    throw refusal("images", "a whole number from 1", images);
  }
  if (images !== undefined) {
    const remedy = "Repeat a prompt in the list to have several pictures of it.";
    throw refusal("images", "absent with a list of prompts, each of which gives one", images, remedy);
  }
  if (prompt.length === 0) throw refusal("the list of prompts", "one prompt or more", prompt);
  return prompt.length;
}

/** A prompt that nothing reads is a mistake, not something to ignore. */
function checkUse({ guidance, text }: Plan, options: PromptLists): void {
  const refuse = (what: keyof PromptLists, rule: string) => {
    if (options[what] !== undefined) throw refusal(what, rule, options[what]);
  };
  const { branches } = guidance;
  if (branches.includes("negative") && options.negativePrompt === undefined) {
    const remedy = "Give one, or take cfg(), which does without.";
    throw refusal("negativePrompt", `given for guidance ${guidance.rule.kind}`, undefined, remedy);
  }
  if (!readsNegative(branches)) {
    const rule = "absent, since this recipe has no guidance";
    refuse("negativePrompt", rule);
    refuse("negativePrompt2", rule);
  }
  if (text.encoders.length === 1) {
    const rule = "absent, since this model has one text encoder";
    refuse("prompt2", rule);
    refuse("negativePrompt2", rule);
  }
}

/**
 * The prompts of each picture.
 *
 * @param prompt One for all pictures, or one for each.
 * @param images How many pictures of one prompt; undefined with a prompt for each. Default: 1.
 * @throws {DomainError} if a list has another length than there are pictures, `images` is no whole number from 1, or
 *   a prompt is given that the plan has no use for.
 */
export function picturePrompts(
  plan: Plan,
  prompt: string | readonly string[],
  options: PromptLists,
  images?: number,
): EachPrompts[] {
  const count = countPictures(prompt, images);
  checkUse(plan, options);
  const { negativePrompt, prompt2, negativePrompt2 } = options;
  const others = Object.entries({ negativePrompt, prompt2, negativePrompt2 });
  for (const [name, text] of others) {
    if (text === undefined || typeof text === "string" || text.length === count) continue;
    throw refusal(name, `one text, or one for each of the ${count} pictures`, text);
  }
  return Array.from({ length: count }, (_, i) => ({
    prompt: typeof prompt === "string" ? prompt : prompt[i],
    ...Object.fromEntries(
      others.flatMap(([name, text]) =>
        text === undefined ? [] : [[name, typeof text === "string" ? text : text[i]]]
      ),
    ),
  }));
}
