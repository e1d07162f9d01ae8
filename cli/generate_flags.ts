/**
 * The flags of `generate` and `explain`, and those of them that say how pictures are made.
 *
 * @module
 */

import { merge, object } from "npm:@optique/core@1.3.6/constructs";
import type { InferValue } from "npm:@optique/core@1.3.6/parser";
import { NOISE_GENERATORS } from "../ops/noise/noise_option.ts";
import { ATTENTION_FORMS } from "../pipeline/plan_form.ts";
import { ATTENTION_KINDS, GUIDANCE_KINDS, SIGMAS, SOLVER_KINDS } from "../recipes/recipes.ts";
import { onOff, withValue } from "./flag_kinds.ts";
import { bigintValue, nameValue, numberValue, placeValue, sitesValue, textValue } from "./flag_values.ts";

const whatToMake = object("What to make", {
  negative: withValue("--negative", textValue("TEXT"), "What to keep out of the picture."),
  seed: withValue(
    "--seed",
    bigintValue("--seed", "N"),
    "The same seed gives the same picture; default: a random one, which is reported.",
  ),
  noise: withValue(
    "--noise",
    nameValue("--noise", "NAME", NOISE_GENERATORS),
    "Whose noise a seed gives: torch's on a CPU, as in diffusers and ComfyUI, or on an NVIDIA GPU, as in other " +
      "programs. Default: torch-cpu.",
  ),
  variationSeed: withValue(
    "--variation-seed",
    bigintValue("--variation-seed", "N"),
    "Another seed, of which --variation-strength is mixed into the noise.",
  ),
  variationStrength: withValue(
    "--variation-strength",
    numberValue("--variation-strength", "S"),
    "How much of the noise is the variation seed's, 0 to 1.",
  ),
  image: withValue(
    "--image",
    placeValue("--image", "FILE"),
    "Start from this picture, a .png file or the URL of one. The result has its size, unless --width and --height are given.",
  ),
  strength: withValue(
    "--strength",
    numberValue("--strength", "S"),
    "How much of --image is given up, above 0, up to 1; default: 0.8.",
  ),
  images: withValue(
    "--images",
    numberValue("--images", "N"),
    "How many pictures, with seeds N, N+1, …; default: 1.",
  ),
  width: withValue(
    "--width",
    numberValue("--width", "W"),
    "Width in pixels, together with --height; default: the model's own.",
  ),
  height: withValue(
    "--height",
    numberValue("--height", "H"),
    "Height in pixels, together with --width; default: the model's own.",
  ),
});

/** The flags that name a model, a recipe and a device. */
export const withWhat = object("With what", {
  model: withValue(
    "--model",
    placeValue("--model", "MODEL", ["pocket", "pocket-turbo"]),
    "pocket (the small model that comes with Winnow, the default), pocket-turbo (its sibling of two steps), or the folder or URL of an ONNX bundle.",
  ),
  recipe: withValue(
    "--recipe",
    placeValue("--recipe", "FILE"),
    "Start from this recipe; other flags override it. A .ts, .js or .json file, a .png that Winnow wrote, or the URL " +
      "of one; FILE.ts#name takes one export of several. A .ts file is a program, and is run.",
  ),
  device: withValue(
    "--device",
    nameValue("--device", "DEVICE", ["auto", "webgpu", "wasm", "native"]),
    "Where to compute; default: what WINNOW_DEVICE says, else auto: a GPU if there is one, else wasm.",
  ),
  attentionForm: withValue(
    "--attention-form",
    nameValue("--attention-form", "FORM", ATTENTION_FORMS),
    "How attention is computed: kernel is one kernel of Winnow's for each place in the network, on webgpu and wasm, " +
      "graph is nodes in the model's graph; default: auto, kernel where that can be.",
  ),
});

/** The flags that say how a picture is made. */
export const how = object("How", {
  steps: withValue("--steps", numberValue("--steps", "N"), "Denoising steps; default: 20."),
  solver: withValue(
    "--solver",
    nameValue("--solver", "NAME", SOLVER_KINDS),
    "How a step is solved; bundle takes what the model's own scheduler_config.json names. Default: ddim.",
  ),
  sigmas: withValue(
    "--sigmas",
    nameValue("--sigmas", "NAME", SIGMAS),
    "How noise levels are spaced, for the solvers that leave it open; default: as the model says.",
  ),
  scheduler: withValue(
    "--scheduler",
    placeValue("--scheduler", "FILE"),
    "A diffusers scheduler_config.json to use instead of the model's own; without --solver it names the solver too.",
  ),
  guidance: withValue(
    "--guidance",
    nameValue("--guidance", "KIND", GUIDANCE_KINDS),
    "The rule that pushes the picture towards its prompt; default: cfg, which is classifier-free guidance.",
  ),
  scale: withValue(
    "--scale",
    numberValue("--scale", "S"),
    "Strength of guidance; 1 turns it off; default: 3.",
  ),
  rescale: withValue(
    "--rescale",
    numberValue("--rescale", "R"),
    "How much of the contrast that guidance adds to take back, 0 to 1; default: 0.",
  ),
  pag: withValue(
    "--pag",
    numberValue("--pag", "S"),
    "Push away from what the model draws with its self-attention switched off, with this scale; one evaluation more a step.",
  ),
  seg: withValue(
    "--seg",
    numberValue("--seg", "S"),
    "The same with self-attention blurred.",
  ),
  clipSkip: withValue(
    "--clip-skip",
    numberValue("--clip-skip", "N"),
    "Leave out the text encoder's last N layers, counted as diffusers does; default: 0.",
  ),
  attention: withValue(
    "--attention",
    nameValue("--attention", "KIND", ATTENTION_KINDS),
    "Weights of cross-attention: softmax, sparse, softmax at a temperature, or PLADIS, which goes from softmax beyond " +
      "sparse. Default: dense.",
  ),
  lambda: withValue(
    "--lambda",
    numberValue("--lambda", "L"),
    "PLADIS's strength (0 dense, 1 sparse, above 1 beyond); implies --attention pladis; default: 2.",
  ),
  alpha: withValue(
    "--alpha",
    numberValue("--alpha", "A"),
    "Sparsity of entmax and PLADIS, above 1 (2 is sparsemax); default: 1.5.",
  ),
  temperature: withValue(
    "--temperature",
    numberValue("--temperature", "T"),
    "What scores are divided by before softmax, above 0; implies --attention temperature.",
  ),
  sites: withValue(
    "--sites",
    sitesValue("--sites"),
    "Where the policy holds: all, or places (down, mid, up) and ids as explain lists them, apart by commas. Default: all.",
  ),
});

const whereTo = object("Where to", {
  out: withValue(
    "--out",
    placeValue("--out", "FILE"),
    "The .png to write, replacing one that is there; folders are created, several pictures become FILE-1.png, " +
      "FILE-2.png, … Default: winnow-SEED.png in this folder.",
  ),
  trace: withValue(
    "--trace",
    placeValue("--trace", "FOLDER"),
    "Also write noise, timesteps, prompt embeddings, the latents of each step and the image as NumPy files.",
  ),
  maps: withValue(
    "--maps",
    placeValue("--maps", "FOLDER"),
    "Also write attention maps, named after the picture: for each word of the prompt the picture tinted where the word " +
      "was attended to, and the maps as a NumPy file, replacing those that are there. Attention is then computed by nodes.",
  ),
  json: onOff("--json", "Print one JSON object on standard output."),
  quiet: onOff("--quiet", "Print errors only."),
});

/** All the flags, in the groups in which help shows them. */
export const generateFlags = merge(whatToMake, withWhat, how, whereTo);

/** What was given on the command line; what was not is undefined (or false). */
export type GenerateFlags = InferValue<typeof generateFlags>;

/** The flags of which a recipe is made; a command need not have all of those for the size. */
export type RecipeFlags =
  & InferValue<typeof withWhat>
  & InferValue<typeof how>
  & Partial<Pick<GenerateFlags, "width" | "height">>;
