/** What cannot work does not compile. `deno check` holds this file; nothing in it runs. */
import {
  cfg,
  ddim,
  dense,
  dpmpp2m,
  entmax,
  euler,
  noGuidance,
  pladis,
  pocket,
  type PromptOptions,
  recipe,
  stableDiffusion,
  stableDiffusionXl,
} from "../../recipes/recipes.ts";

export function compiles(): void {
  const xl = recipe({
    model: stableDiffusionXl("xl"),
    attention: pladis({ sites: ["down", "up"] }),
    guidance: cfg(),
  });
  const kind: "stable-diffusion-xl" = xl.model.kind;
  const second: PromptOptions<typeof xl> = {
    prompt2: "a fox",
    negativePrompt: "blurry",
    negativePrompt2: "text",
  };
  const turbo = recipe({ model: stableDiffusionXl("turbo", { guidanceDistilled: true }) });
  const none: "none" = turbo.guidance.kind;
  const plain = recipe({ model: pocket(), scheduler: dpmpp2m({ sigmas: "karras" }), attention: entmax() });
  const guided: PromptOptions<typeof plain> = { negativePrompt: "a dog" };
  const other = plain.with({ guidance: noGuidance(), attention: dense() });
  const unguided: "none" = other.guidance.kind;
  void [kind, second, none, guided, unguided];
}

export function doesNotCompile(): void {
  const distilled = stableDiffusion("turbo", { guidanceDistilled: true });
  // @ts-expect-error: guidance was distilled into this model
  recipe({ model: distilled, guidance: cfg({ scale: 4 }) });
  // @ts-expect-error: nor can it be added later
  recipe({ model: distilled }).with({ guidance: cfg() });
  // @ts-expect-error: a U-Net has no joint attention
  recipe({ model: pocket(), attention: pladis({ sites: ["joint"] }) });
  // @ts-expect-error: nor single blocks
  recipe({ model: stableDiffusionXl("xl"), attention: entmax({ sites: ["down", "single"] }) });
  // @ts-expect-error: there is no such place
  pladis({ sites: ["left"] });
  // @ts-expect-error: λ is PLADIS's alone
  entmax({ lambda: 2 });
  // @ts-expect-error: η is DDIM's alone
  euler({ eta: 0.5 });
  // @ts-expect-error: DDIM takes no sigma schedule
  ddim({ sigmas: "karras" });
  // @ts-expect-error: there is no such sigma schedule
  dpmpp2m({ sigmas: "karas" });
  // @ts-expect-error: rescale belongs to cfg
  noGuidance({ rescale: 0.7 });
  // @ts-expect-error: a recipe needs a model
  recipe({ scheduler: ddim() });
  // @ts-expect-error: a model of one's own needs a source
  stableDiffusion();

  const one = recipe({ model: pocket() });
  // @ts-expect-error: the model has one text encoder
  const second: PromptOptions<typeof one> = { prompt2: "a fox" };
  const unguided = recipe({ model: pocket(), guidance: noGuidance() });
  // @ts-expect-error: a negative prompt does nothing without guidance
  const negative: PromptOptions<typeof unguided> = { negativePrompt: "blurry" };
  // @ts-expect-error: recipes do not change
  one.scheduler = euler();
  // @ts-expect-error: nor do their parts
  one.guidance.scale = 7;
  void [second, negative];
}
