/**
 * The flags of `eval`.
 *
 * @module
 */

import { merge, object } from "npm:@optique/core@1.3.6/constructs";
import type { InferValue } from "npm:@optique/core@1.3.6/parser";
import { SCENE_KINDS } from "../evaluation/scene.ts";
import { axisValue, namesValue } from "./eval_flag_values.ts";
import { onOff, withValue, withValues } from "./flag_kinds.ts";
import { nameValue, numberValue, placeValue, textValue } from "./flag_values.ts";
import { how, withWhat } from "./generate_flags.ts";

const whatToEvaluate = object("What to evaluate", {
  prompts: withValue("--prompts", numberValue("--prompts", "N"), "How many scenes; default: 200."),
  scenes: withValue(
    "--scenes",
    nameValue("--scenes", "GRAMMAR", ["first", "full"]),
    "first: one or two objects; full: up to six, in chains of relations and rows, counts, tints and sizes. Default: full.",
  ),
  kinds: withValue(
    "--kinds",
    namesValue("--kinds", "KINDS", SCENE_KINDS),
    `Only these kinds of scenes, with commas between them: ${SCENE_KINDS.join(",")}. Kinds take turns.`,
  ),
  axis: withValues(
    "--axis",
    axisValue("--axis"),
    "Compare settings: a field of the recipe and its values, such as attention.lambda=0,1,2. Given several times, all " +
      "combinations. The first one is what the others are compared with.",
  ),
  negative: withValue("--negative", textValue("TEXT"), "What to keep out of the pictures."),
  seed: withValue(
    "--seed",
    numberValue("--seed", "N"),
    "Fixes the scenes and their noise, the same for every setting; default: 0.",
  ),
  batch: withValue("--batch", numberValue("--batch", "N"), "Pictures made at once; default: 8."),
});

const whereTo = object("Where to", {
  keep: withValue(
    "--keep",
    placeValue("--keep", "FOLDER"),
    "Keep every picture as a PNG file, and a row for each in results.jsonl.",
  ),
  resume: onOff(
    "--resume",
    "Go on with what --keep FOLDER has, after an interruption; if it has nothing, begin.",
  ),
  chart: withValue(
    "--chart",
    placeValue("--chart", "FILE"),
    "Also write a chart, FILE.svg: the share of right pictures under each setting, with intervals.",
  ),
  json: onOff("--json", "Print one JSON object on standard output instead of the table."),
  quiet: onOff("--quiet", "Print the result and errors only."),
});

/** All the flags, in the groups in which help shows them. */
export const evalFlags = merge(whatToEvaluate, withWhat, how, whereTo);

/** What was given on the command line; what was not is undefined (or false, or an empty list). */
export type EvalFlags = InferValue<typeof evalFlags>;
