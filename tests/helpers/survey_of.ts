/** Surveys of the bundled model and of the fixtures, each made once a process. */
import { familyOf } from "../../models/families/find_family.ts";
import { openModel } from "../../pipeline/pipeline.ts";
import { type BundleSurvey, surveyBundle } from "../../pipeline/survey.ts";
import type { Recipe } from "../../recipes/recipes.ts";

const made = new Map<string, Promise<BundleSurvey>>();

/** The survey that planning this recipe needs. */
export function surveyOf({ model }: Recipe): Promise<BundleSurvey> {
  const key = JSON.stringify(model);
  const survey = made.get(key) ??
    openModel(model).then((bundle) => surveyBundle(bundle, familyOf(model.kind)));
  made.set(key, survey);
  return survey;
}
