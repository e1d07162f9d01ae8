/** What docs/evidence.md says in words. Figures in it are computed; what they mean was written by hand. */
import { dense, pladis } from "../../recipes/recipes.ts";
import { FINE_SCALES, FINE_STEPS } from "./evidence_settings.ts";
import { type Evidence, percent, pointsText } from "./evidence_tables.ts";

/** Measured on the model's cross-attention, for each site: what `measure_attention.py` writes. */
export type AttentionFigures = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A paragraph or more for each part of the page. */
export interface Findings {
  readonly answer: string;
  readonly method: string;
  readonly grid: string;
  readonly kinds: string;
  readonly fidelity: string;
  readonly places: string;
  readonly intervals: string;
  readonly compute: string;
  readonly why: string;
  readonly again: string;
}

function method({ head }: Evidence, hard: readonly number[]): string {
  return `## How it was measured

The bundled model draws scenes whose truth is known. ${head.captions.length} scenes, drawn from its grammar, ` +
    `were generated under each setting from the same noise, and the judge (\`models/pocket/judge\`) read the pictures ` +
    `back: a picture is right if every object is there, in its place, its tint and its said size, and nothing else is. ` +
    `${hard.length} of the scenes are of the hard kinds, those with most to bind: several tinted objects at once, such ` +
    `as "${
      head.captions[hard.at(-1) as number]
    }". The solver is DDIM. Differences to dense attention with the same ` +
    `steps and guidance stand in parentheses; those whose 95 % interval (paired bootstrap over scenes) leaves no doubt ` +
    `of their sign are in **bold**. Of ${hard.length} scenes one is ${
      (100 / hard.length).toFixed(1)
    } points, and of ` +
    `the many comparisons on this page one in twenty would be bold by chance alone.`;
}

const AGAIN = `## Again

    deno run -A --no-lock bench/evidence/run_evidence.ts     # the raw results: docs/evidence/pocket.jsonl
    python models/pocket/training/measure_attention.py --model models/pocket/bundle --out docs/evidence/attention.json
    deno run -A --no-lock bench/evidence/run_evidence.ts --model pocket-turbo    # and docs/evidence/turbo.jsonl
    deno run -A --no-lock bench/evidence/evidence_page.ts    # this page

Each line of the raw results is a setting, with a sign for each scene. \`winnow eval\` answers such questions for a recipe of your own.`;

const meanOf = (attention: AttentionFigures, name: string) => {
  const values = Object.values(attention).map((site) => site[name]);
  return values.reduce((sum, x) => sum + x, 0) / values.length;
};

function answer(evidence: Evidence, hard: readonly number[]): string {
  const [none, best] = FINE_SCALES.map((scale) =>
    evidence.right([evidence.line(dense(), FINE_STEPS, scale)], hard)[0]
  );
  const at = (lambda: number, scale: number) => evidence.gain(pladis({ lambda }), FINE_STEPS, scale, hard);
  return `**On the model that comes with Winnow, no: it harms, and the more so the larger λ is.** With dense attention ` +
    `${percent(none.mean)} % of the hard scenes are right without guidance and ${
      percent(best.mean)
    } % at guidance 2, so ` +
    `there is room both ways. With λ 2 and α 1.5, the paper's own, it is ${
      percent(at(2, 1).mean)
    } % without guidance ` +
    `(${pointsText(at(2, 1))}) and ${percent(at(2, 2).mean)} % at guidance 2 (${
      pointsText(at(2, 2))
    }). Up to λ 0.5 ` +
    `nothing is lost, and no gain can be told from chance: λ 0.25 has ${pointsText(at(0.25, 1))} and ` +
    `${pointsText(at(0.25, 2))}. What does help is guidance, and 2 is enough.

What to start from: for the bundled model dense attention, guidance 2, 4 or 8 steps. For a published model of the size of ` +
    `Stable Diffusion XL, λ 2 and α 1.5, where the paper measured gains ([arXiv 2503.07677](https://arxiv.org/abs/2503.07677)); ` +
    `compare with λ 0, which draws what dense attention draws, before keeping it. Why the two can differ is the subject of the last section. ` +
    `On the bundled model's guidance-distilled sibling λ up to 1 costs no alignment, and may gain a little, at the price of fidelity.`;
}

const GRID =
  `Up to guidance 4, no policy with λ 1 or more is above dense attention at any number of steps, and the loss grows with λ and ` +
  `with α, single scenes aside: the sparser the attention, the worse. At guidance 7, where most pictures are spoilt, some cells stand ` +
  `a few scenes above dense attention, none of them beyond chance. Too much guidance harms in the same way, most in few steps. ` +
  `At 20 steps fewer policies were tried.`;

const KINDS =
  `Kinds with little to bind lose nothing up to λ 2. What is lost is lost where several objects and tints ` +
  `must find each other. (Of the easy kinds there are five scenes each: one scene is 20 points.)`;

const FIDELITY =
  `Decibels to the nearest true drawing of the scene, on the scenes that both dense attention and the policy have ` +
  `right, with the difference from dense attention on the same scenes: how well things are drawn, apart from which. PLADIS ` +
  `costs fidelity at every setting with guidance. Without guidance, up to λ 1.5, it costs at most 0.3 dB.`;

const PLACES =
  `λ 2, α 1.5, ${FINE_STEPS} steps. The harm comes from the up blocks. In the middle block, whose attention is sharp ` +
  `already, PLADIS changes next to nothing; in the down blocks little.`;

const INTERVALS_TEXT =
  `λ 2, α 1.5, ${FINE_STEPS} steps. PLADIS in the first quarter of the steps alone cannot be told from none. Each ` +
  `half alone harms less than the whole; at guidance 2 the second half, in which details are drawn, harms more than the first.`;

const COMPUTE =
  `PLADIS needs no further evaluation, so it is held against dense attention with as many evaluations or more. ` +
  `Differences are to the first row. Guidance is what compute is best spent on: four steps with guidance 2 are eight ` +
  `evaluations, and better than eight or sixteen steps without.`;

function why(attention: AttentionFigures): string {
  const n = (name: string) => meanOf(attention, name).toFixed(1);
  const share = (name: string) => `${percent(meanOf(attention, name))} %`;
  return `PLADIS is meant for attention that is spread over many tokens that say nothing. Here is what this model's attention ` +
    `looks like (32 scenes, 8 steps, guidance 2, the conditional branch, means over heads, queries and steps; measured with ` +
    `\`models/pocket/training/measure_attention.py\`). Of 32 tokens, ${
      n("effective tokens")
    } count on average (the exponential ` +
    `of the entropy), and entmax keeps ${n("support, alpha 1.5")} of them at α 1.5 and ${
      n("support, alpha 2.0")
    } at α 2. ` +
    `${share("on words")} of the mass lies on the caption's words, and ${
      share("on layout")
    } on the last ten tokens, which this ` +
    `model's text encoder was taught to fill with the layout: what stands at each of the nine places. Of the 77 tokens of ` +
    `Stable Diffusion the start token alone takes most of the attention ` +
    `(Attend-and-Excite, [arXiv 2301.13826](https://arxiv.org/abs/2301.13826), leaves it out for that reason); ` +
    `here it takes ${share("on start")}.

So there is little noise to blow away. A query of this model reads its object from a word and its place from the layout, with small ` +
    `weights on several tokens at once, and all of them carry something. Entmax sets the small ones to zero, λ above 1 makes ` +
    `them negative, and with each of them goes a part of what binds tints to objects. That fits what is seen above: least harm ` +
    `where attention is sharpest (the middle block), most where it is broad and objects and tints meet (the up blocks), more for larger α and λ. ` +
    `It is an explanation that fits, not a proof: no published model was measured here, and a model of 10 million weights on drawn ` +
    `scenes says nothing of photographs.`;
}

/** @param hard Indices of the scenes of the hard kinds. */
export function findings(evidence: Evidence, hard: readonly number[], attention: AttentionFigures): Findings {
  return {
    answer: answer(evidence, hard),
    method: method(evidence, hard),
    grid: GRID,
    kinds: KINDS,
    fidelity: FIDELITY,
    places: PLACES,
    intervals: INTERVALS_TEXT,
    compute: COMPUTE,
    why: why(attention),
    again: AGAIN,
  };
}
