/**
 * From texts to what the denoiser is conditioned on.
 *
 * @module
 */
import type { Conditioning, Encoding, Family } from "../models/families/family.ts";
import type { Session } from "../models/runtimes/runtime.ts";
import { floatTensor } from "../models/runtimes/tensor.ts";
import { skippedOutput } from "../models/surgery/skip_layers.ts";
import type { ClipTokenizer } from "../models/tokenizers/clip_tokenizer.ts";
import { checkFinite } from "./check_finite.ts";
import type { SizePlan, TextPlan } from "./plan.ts";
import type { TextEncoderPlan } from "./plan_text.ts";

/** What encoding needs of a loaded pipeline. */
export interface PromptEncoder {
  readonly family: Family;
  readonly plan: TextPlan;
  readonly size: SizePlan;
  readonly tokenizers: readonly ClipTokenizer[];
  readonly sessions: readonly Session[];
  /** Told when a prompt is longer than the context. */
  readonly onNotice: (line: string) => void;
}

/** Which prompt is encoded. */
export type PromptRole = "prompt" | "negative prompt";

async function encodeOne(
  text: string,
  encoder: PromptEncoder,
  i: number,
  role: PromptRole,
): Promise<Encoding> {
  const { hiddenState, negativeHiddenState, pooled }: TextEncoderPlan = encoder.plan.encoders[i];
  const { ids, truncated, unfamiliar, tokens } = encoder.tokenizers[i].encode(text);
  if (truncated !== undefined) {
    encoder.onNotice(
      `The ${role} is longer than the ${encoder.plan.tokens} tokens that the model reads (${tokens}); this was cut off: "${truncated}"`,
    );
  }
  if (unfamiliar !== undefined) {
    const words = unfamiliar.map((word) => `"${word}"`).join(", ");
    encoder.onNotice(
      `The model has never seen these words of the ${role}, and may draw anything for them: ${words}`,
    );
  }
  const state = role === "prompt" ? hiddenState : negativeHiddenState;
  const hidden = state.kind === "output" ? state.name : skippedOutput(state.clipSkip);
  const session = encoder.sessions[i];
  const feeds = {
    input_ids: { dtype: "int32", shape: [1, ids.length], data: Int32Array.from(ids) },
  } as const;
  const outputs = await session.run(feeds, pooled ? [hidden, pooled] : [hidden]);
  return {
    hidden: checkFinite(outputs[hidden], session.label),
    ...(pooled ? { pooled: checkFinite(outputs[pooled], session.label) } : {}),
  };
}

/**
 * Encodes one prompt.
 *
 * @param texts A text for each of the family's encoders.
 */
export async function encodePrompt(
  encoder: PromptEncoder,
  texts: readonly string[],
  role: PromptRole,
): Promise<Conditioning> {
  const encodings: Encoding[] = [];
  for (const i of encoder.plan.encoders.keys()) encodings.push(await encodeOne(texts[i], encoder, i, role));
  return encoder.family.joinEncodings(encodings, encoder.size);
}

/** The conditioning of an absent negative prompt where the family takes zeros: all zero but for the size conditioning. */
export function zeroText(like: Conditioning): Conditioning {
  const zeros = (shape: readonly number[]) =>
    floatTensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));
  const { encoderHiddenStates, added } = like;
  const { text_embeds: textEmbeds, ...rest } = added;
  return {
    encoderHiddenStates: zeros(encoderHiddenStates.shape),
    added: { ...rest, ...(textEmbeds ? { text_embeds: zeros(textEmbeds.shape) } : {}) },
  };
}
