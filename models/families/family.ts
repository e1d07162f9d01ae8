/**
 * What a model family is: which parts it has, what its denoiser takes, how its prompts are encoded.
 *
 * @module
 */
import type { FloatTensor } from "../runtimes/tensor.ts";
import type { DenoiserInputs } from "../surgery/denoiser_inputs.ts";
import type { DeclaredSite } from "../surgery/attention_site.ts";
import type { ComponentConfig } from "./config_fields.ts";

/** Which hidden state of a text encoder conditions the denoiser. */
export type HiddenState =
  /** The last layer's, through the final layer norm, after skipping `clipSkip` layers. */
  | { readonly kind: "normalized"; readonly clipSkip: number }
  /** Output `name` as it is. */
  | { readonly kind: "output"; readonly name: string };

/** A text encoder in a family. */
export interface TextEncoderPart {
  readonly component: "text_encoder" | "text_encoder_2";
  readonly tokenizer: "tokenizer" | "tokenizer_2";
  /**
   * Which hidden state is taken, given the encoder's number of layers and the recipe's clipSkip. As in diffusers, the
   * negative prompt's is the one for clipSkip 0.
   */
  hiddenState(layers: number, clipSkip: number): HiddenState;
  /** The output with the pooled embedding, where the denoiser takes one. */
  readonly pooled?: string;
}

/** One encoded prompt, batch of one. */
export interface Conditioning {
  /** encoder_hidden_states, [1, K tokens, C width]. */
  readonly encoderHiddenStates: FloatTensor;
  /** Further inputs of the denoiser by name, each [1, …]. */
  readonly added: Readonly<Record<string, FloatTensor>>;
}

/** What `joinEncodings` is given: each encoder's result, in the order of `textEncoders`. */
export interface Encoding {
  readonly hidden: FloatTensor;
  readonly pooled?: FloatTensor;
}

/** A family of models. */
export interface Family {
  readonly kind: string;
  /** What people call it. */
  readonly title: string;
  readonly textEncoders: readonly TextEncoderPart[];
  readonly denoiser: "unet";
  readonly inputs: DenoiserInputs;
  /** The denoiser's inputs beyond sample, timestep and encoder_hidden_states. */
  readonly addedInputs: readonly string[];
  /** The class names of model_index.json that this family reads. */
  readonly pipelineClasses: readonly string[];
  declaredSites(config: ComponentConfig): DeclaredSite[];
  /** Joins the encoders' results into what the denoiser takes. */
  joinEncodings(
    encodings: readonly Encoding[],
    size: { readonly width: number; readonly height: number },
  ): Conditioning;
  /** Fields of scheduler_config.json that the original pipeline sets whatever the file says. */
  readonly schedulerOverrides: Readonly<Record<string, unknown>>;
  /** Whether an absent negative prompt is encoded as zeros rather than as the empty text. */
  zeroNegative(modelIndex: Readonly<Record<string, unknown>>): boolean;
}
