/**
 * Axes of an evaluation: a recipe varied field by field.
 *
 * @module
 */
import { type Fault, RecipeError } from "../errors.ts";
import { nearestName } from "../nearest_name.ts";
import { describeGuidance } from "../recipes/describe_guidance.ts";
import { parseRecipe, type Recipe } from "../recipes/recipes.ts";
import { type Axis, axisValueText } from "./axis_text.ts";
import { fieldsOfKind, kindsWith, recipeParts, recipePaths } from "./recipe_paths.ts";

/** A recipe with the name that it has in reports. */
export interface Setting {
  /** One line, different for each setting of an evaluation: `"attention.lambda=2, guidance.scale=4"`. */
  readonly name: string;
  readonly recipe: Recipe;
  /** The values of the axes that it stands for, by path; empty if it stands for none. */
  readonly values: Readonly<Record<string, unknown>>;
}

type Data = Record<string, unknown>;

const DOING = "vary the recipe";

function refusal(fault: Omit<Fault, "doing">, options?: ErrorOptions): RecipeError {
  return new RecipeError({ doing: DOING, ...fault }, options);
}

const isData = (value: unknown): value is Data =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The kinds of each part that stand for its absence: they have no fields of their own. */
const ABSENT: Readonly<Record<string, string>> = { attention: "dense", guidance: "none" };

/** The kind that is meant by a field that it shares with others. */
const PLAIN: Readonly<Record<string, string>> = { guidance: "cfg" };

function checkPath(path: string): void {
  const paths = recipePaths();
  if (paths.includes(path) || recipeParts().includes(path)) return;
  const nearest = nearestName(path, paths);
  throw refusal({
    what: "the axis",
    rule: `a field of the recipe: ${paths.join(", ")}`,
    got: path,
    ...(nearest === undefined ? {} : { remedy: `Did you mean ${nearest}?` }),
  });
}

/** The part with one field set; another kind keeps the fields that both have. */
function withField(part: string, data: Data, field: string, value: unknown): Data {
  if (field === "kind") {
    const known = fieldsOfKind(part, value);
    const kept = Object.entries(data).filter(([key]) => known.includes(key));
    return { ...Object.fromEntries(kept), kind: value };
  }
  if (!("kind" in data) || fieldsOfKind(part, data.kind).includes(field)) return { ...data, [field]: value };
  const kinds = kindsWith(part, field);
  // what only PLADIS has says that PLADIS is meant, as --lambda does; what several kinds of guidance have means plain
  // guidance, as --scale does; elsewhere one must be named
  const meant = kinds.length === 1 ? kinds[0] : kinds.find((kind) => kind === PLAIN[part]);
  if (meant !== undefined && data.kind === ABSENT[part]) return { kind: meant, [field]: value };
  throw refusal({
    what: `${part}.kind`,
    rule: `one that has ${field} (${kinds.join(", ")}) for the axis ${part}.${field}`,
    got: data.kind,
    remedy: `Start from a recipe of such a kind, or put an axis ${part}.kind before.`,
  });
}

function withValue(data: Data, path: string, value: unknown): Data {
  const [part, field] = path.split(".");
  const old = isData(data[part]) ? data[part] : {};
  return { ...data, [part]: field === undefined ? value : withField(part, old, field, value) };
}

/** Whether all that a value says is there; what it does not name may be anything. */
function includes(there: unknown, value: unknown): boolean {
  if (Array.isArray(value) && Array.isArray(there)) {
    return value.length === there.length && value.every((each, i) => includes(there[i], each));
  }
  if (!isData(value) || !isData(there)) return same(there, value);
  return Object.entries(value).every(([key, each]) => includes(there[key], each));
}

function holds(data: Data, path: string, value: unknown): boolean {
  const [part, field] = path.split(".");
  const at = field === undefined ? data[part] : isData(data[part]) ? data[part][field] : undefined;
  return includes(at, value);
}

function settingAt(recipe: Recipe, values: Readonly<Record<string, unknown>>): Setting {
  const plain: Data = JSON.parse(JSON.stringify(recipe));
  const name = Object.entries(values).map(([path, value]) => `${path}=${axisValueText(value)}`).join(", ");
  const wanted = Object.entries(values).reduce((data, [path, value]) => withValue(data, path, value), plain);
  let made: Recipe;
  try {
    made = parseRecipe(wanted);
  } catch (cause) {
    if (!(cause instanceof RecipeError)) throw cause;
    throw new RecipeError({ ...cause.fault, doing: `${DOING} to ${name}` }, { cause });
  }
  const data: Data = JSON.parse(JSON.stringify(made));
  const lost = Object.entries(values).find(([path, value]) => !holds(data, path, value));
  if (lost === undefined) return { name, recipe: made, values };
  throw refusal({
    what: lost[0],
    rule: "an axis that no other one overrides",
    got: name,
    remedy: 'Vary a whole part instead, such as attention={"kind":"dense"},{"kind":"pladis","lambda":2}.',
  });
}

/**
 * The grid of all combinations of the axes' values over a recipe, the last axis the fastest. Axes are applied in their
 * order. A field that only one kind of a part has, such as `attention.lambda` or `guidance.scale`, makes dense
 * attention or no guidance into that kind; λ 0 is dense attention in PLADIS's graph, and guidance scale 1 is no
 * guidance. A path does not lead into a list: policies by site are varied as a whole list, `attention.policies`, or as
 * the whole part.
 *
 * @param recipe Where the grid starts.
 * @param axes None gives one setting, the recipe.
 * @throws {RecipeError} if a path is no field of a recipe, a value breaks its rule, a path or a value occurs twice, or
 *   one axis overrides another.
 */
export function settingsOf(recipe: Recipe, axes: readonly Axis[]): Setting[] {
  const paths = axes.map(({ path }) => path);
  paths.forEach((path, i) => {
    checkPath(path);
    const { values } = axes[i];
    if (paths.indexOf(path) !== i) throw refusal({ what: "each axis", rule: "given once", got: path });
    if (values.length === 0) throw refusal({ what: path, rule: "given one value or more", got: values });
    const twice = values.find((value, k) => values.findIndex((each) => same(each, value)) !== k);
    if (twice !== undefined) throw refusal({ what: path, rule: "given different values", got: twice });
  });
  const grid = axes.reduce<Readonly<Record<string, unknown>>[]>(
    (rows, { path, values }) => rows.flatMap((row) => values.map((value) => ({ ...row, [path]: value }))),
    [{}],
  );
  return grid.map((values) => axes.length === 0 ? plainSetting(recipe) : settingAt(recipe, values));
}

/** A recipe that stands for itself, named after its attention, solver and guidance. */
export function plainSetting(recipe: Recipe, name = shortName(recipe)): Setting {
  return { name, recipe, values: {} };
}

function policyName(attention: Recipe["attention"]): string {
  switch (attention.kind) {
    case "dense":
      return "dense";
    case "entmax":
      return `entmax α ${attention.alpha}`;
    case "temperature":
      return `temperature ${attention.temperature}`;
    case "pladis":
      return `PLADIS λ ${attention.lambda} α ${attention.alpha}`;
    case "by-site":
      return attention.policies.map((each) => `${policyName(each)} at ${each.sites}`).join("; ");
    default:
      return attention satisfies never;
  }
}

function shortName({ attention, scheduler, guidance }: Recipe): string {
  const policy = policyName(attention);
  const scale = guidance.kind === "none"
    ? "no guidance"
    : guidance.kind === "cfg"
    ? `guidance ${guidance.scale}`
    : describeGuidance(guidance);
  return `${policy}, ${scheduler.kind} ${scheduler.steps}, ${scale}`;
}
