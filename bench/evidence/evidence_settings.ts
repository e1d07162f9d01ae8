/** What docs/evidence.md compares: settings, and the scenes that each of them draws. */
import { evaluationScenes, type Scene, type SceneKind, type Setting } from "../../evaluation/evaluation.ts";
import {
  type Attention,
  cfg,
  ddim,
  dense,
  noGuidance,
  type Place,
  pladis,
  pocket,
  pocketTurbo,
  recipe,
} from "../../recipes/recipes.ts";

/** A setting as the raw results name it. */
export interface EvidenceSetting {
  readonly attention: Attention<Place>;
  /** DDIM steps. */
  readonly steps: number;
  /** Guidance scale; 1 is one evaluation a step, without guidance. */
  readonly scale: number;
}

export const SCALES = [1, 2, 4, 7], STEPS = [4, 8, 20];
export const LAMBDAS = [1, 1.5, 2, 3], ALPHAS = [1.5, 2];
/** Where the finer questions are asked: where guidance is off, and where dense attention does best. */
export const FINE_STEPS = 8, FINE_SCALES = [1, 2];
export const PLACES_ALONE: readonly (readonly ("down" | "mid" | "up")[])[] = [["down"], ["mid"], ["up"], [
  "down",
  "up",
]];
export const INTERVALS: readonly (readonly [number, number])[] = [[0, 0.25], [0, 0.5], [0.5, 1]];
/** Between dense and entmax. */
export const SMALL_LAMBDAS = [0.25, 0.5];
/** Dense attention with compute spent otherwise: [steps, scale]. */
export const OTHER_COMPUTE: readonly (readonly [number, number])[] = [[16, 1], [8, 1.5], [8, 3]];

const policies: readonly Attention<"down" | "mid" | "up">[] = [
  dense(),
  ...ALPHAS.flatMap((alpha) => LAMBDAS.map((lambda) => pladis({ lambda, alpha }))),
  pladis({ lambda: 2, alpha: 1.25 }),
];
const finer: readonly Attention<"down" | "mid" | "up">[] = [
  ...SMALL_LAMBDAS.map((lambda) => pladis({ lambda })),
  ...PLACES_ALONE.map((sites) => pladis({ sites })),
  ...INTERVALS.map((interval) => pladis({ interval })),
];

/** Many steps cost most, so that fewer policies are tried at them. */
const MANY_STEPS = 20;
const policiesAtManySteps = policies.filter((policy) =>
  policy.kind === "dense" || (policy.kind === "pladis" && policy.lambda === 2 && policy.alpha > 1.25) ||
  (policy.kind === "pladis" && policy.alpha === 1.5 && policy.lambda !== 1.5)
);

function grid(steps: number): EvidenceSetting[] {
  return (steps === MANY_STEPS ? policiesAtManySteps : policies).flatMap((attention) =>
    SCALES.map((scale) => ({ attention, steps, scale }))
  );
}

/** All settings, those that tell most first: what shares a graph is drawn together only within a part. */
export const POCKET_SETTINGS: readonly (readonly EvidenceSetting[])[] = [
  [
    ...grid(FINE_STEPS),
    ...finer.flatMap((attention) => FINE_SCALES.map((scale) => ({ attention, steps: FINE_STEPS, scale }))),
    ...OTHER_COMPUTE.map(([steps, scale]) => ({ attention: dense(), steps, scale })),
  ],
  ...STEPS.filter((steps) => steps !== FINE_STEPS).map(grid),
];

/** Steps of the guidance-distilled model. */
export const TURBO_STEPS = [1, 2];

/** All settings of the guidance-distilled model, which has no guidance. */
export const TURBO_SETTINGS: readonly (readonly EvidenceSetting[])[] = TURBO_STEPS.map((steps) =>
  [
    ...policies,
    ...SMALL_LAMBDAS.map((lambda) => pladis({ lambda })),
    ...PLACES_ALONE.map((sites) => pladis({ sites })),
  ]
    .map((attention) => ({ attention, steps, scale: 1 }))
);

/** The models that the evidence is of. */
export type EvidenceModel = "pocket" | "pocket-turbo";

/** Hard kinds have most scenes, as there is most to learn; easy ones show harm. */
const SCENES: readonly (readonly [kinds: readonly SceneKind[], count: number])[] = [
  [["one", "two", "three", "four", "count", "counts", "tint", "tints", "sizes"], 45],
  [["bound", "five", "six"], 66],
];

/** The scenes of every setting. */
export function evidenceScenes(): Scene[] {
  return SCENES.flatMap(([kinds, prompts]) => evaluationScenes({ kinds, prompts }));
}

/** The same setting has the same key, whatever the order of its fields. */
export function settingKey({ attention, steps, scale }: EvidenceSetting): string {
  return `${policyKey(attention)}, ${steps} steps, scale ${scale}`;
}

function policyKey(attention: Attention): string {
  switch (attention.kind) {
    case "dense":
      return "dense";
    case "entmax":
      return `entmax ${attention.alpha} ${attention.sites}`;
    case "temperature":
      return `temperature ${attention.temperature} ${attention.sites} ${attention.interval}`;
    case "pladis":
      return `pladis ${attention.lambda} ${attention.alpha} ${attention.sites} ${attention.interval}`;
    case "by-site":
      return attention.policies.map(policyKey).join("; ");
    default:
      return attention satisfies never;
  }
}

/** As `evaluate` takes it. */
export function asSetting(setting: EvidenceSetting, model: EvidenceModel): Setting {
  const attention = setting.attention as Attention<"down" | "mid" | "up">;
  const { steps, scale } = setting;
  const scheduler = ddim({ steps });
  return {
    name: settingKey(setting),
    values: {},
    recipe: model === "pocket-turbo" ? recipe({ model: pocketTurbo(), scheduler, attention }) : recipe({
      model: pocket(),
      scheduler,
      attention,
      guidance: scale === 1 ? noGuidance() : cfg({ scale }),
    }),
  };
}
