/**
 * From the prompts of a batch to the conditioning of each of its pictures.
 *
 * @module
 */
import type { Conditioning } from "../models/families/family.ts";
import { type Branch, readsNegative } from "../ops/guidance/guidance.ts";
import { encodePrompt, type PromptEncoder, type PromptRole, zeroText } from "./encode_prompt.ts";
import type { Plan } from "./plan.ts";
import type { EachPrompts } from "./run_prompts.ts";

/** For each branch of the guidance, in its order, the conditioning of each picture; equal prompts share one. */
export type Conditionings = Readonly<Partial<Record<Branch, readonly Conditioning[]>>>;

/** Encodes each text once, however many pictures have it. */
function encodeOnce(encoder: PromptEncoder, role: PromptRole): (texts: string[]) => Promise<Conditioning> {
  const known = new Map<string, Promise<Conditioning>>();
  return (texts) => {
    const key = JSON.stringify(texts);
    const encoded = known.get(key) ?? encodePrompt(encoder, texts, role);
    known.set(key, encoded);
    return encoded;
  };
}

/** Results of `each` in the order of `prompts`, one after the other: a session does one thing at a time. */
async function inTurn(
  prompts: readonly EachPrompts[],
  each: (texts: EachPrompts, i: number) => Promise<Conditioning>,
): Promise<Conditioning[]> {
  const results: Conditioning[] = [];
  for (const [i, texts] of prompts.entries()) results.push(await each(texts, i));
  return results;
}

/** Encodes what each branch of the guidance is conditioned on. */
export async function encodeBranches(
  { plan, encoder }: { readonly plan: Plan; readonly encoder: PromptEncoder },
  prompts: readonly EachPrompts[],
): Promise<Conditionings> {
  const encode = encodeOnce(encoder, "prompt");
  const conditional = await inTurn(prompts, ({ prompt, prompt2 = prompt }) => encode([prompt, prompt2]));
  const { branches } = plan.guidance;
  // hampered or guided within, the network is still asked for the prompt
  const own = {
    conditional,
    pag: conditional,
    seg: conditional,
    slg: conditional,
    weak: conditional,
    nag: conditional,
  };
  if (!readsNegative(branches)) return own;
  const encodeNegative = encodeOnce(encoder, "negative prompt");
  const encodeTexts = (texts: readonly (string | undefined)[], i: number) => {
    const absent = texts.every((text) => text === undefined);
    if (absent && plan.text.zeroNegative) return Promise.resolve(zeroText(conditional[i]));
    return encodeNegative(texts.map((text) => text ?? ""));
  };
  const negative = await inTurn(
    prompts,
    ({ negativePrompt, negativePrompt2 = negativePrompt }, i) =>
      encodeTexts([negativePrompt, negativePrompt2], i),
  );
  if (branches.includes("nag")) return { ...own, negative };
  if (!branches.includes("negative")) return { ...own, unconditional: negative };
  // with a branch for the negative prompt, the unconditional one has none
  const unconditional = await inTurn(prompts, (_, i) => encodeTexts([undefined, undefined], i));
  return { ...own, unconditional, negative };
}
