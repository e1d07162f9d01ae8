import assert from "node:assert/strict";
import { type Command, Finished, parseCommandLine } from "../../cli/command_line.ts";
import { AXIS_PATHS } from "../../cli/eval_flag_values.ts";
import { DEFAULT_BATCH, DEFAULT_SEED } from "../../evaluation/evaluate_options.ts";
import {
  DEFAULT_GRAMMAR,
  DEFAULT_PROMPTS,
  DEFAULT_SEED as DEFAULT_SCENE_SEED,
} from "../../evaluation/picture_jobs.ts";
import { recipePaths } from "../../evaluation/recipe_paths.ts";
import { DEFAULT_NOISE } from "../../pipeline/run_once.ts";
import { DEFAULT_IMAGES } from "../../pipeline/run_prompts.ts";
import { VERSION } from "../../pipeline/version.ts";
import { entmax, pladis, pocket, recipe } from "../../recipes/recipes.ts";

interface Outcome {
  readonly command?: Command;
  readonly code?: number;
  readonly printed: string;
  readonly complaint: string;
}

/** What comes of a command line. */
function outcome(...args: string[]): Outcome {
  let printed = "", complaint = "";
  const output = { print: (text: string) => printed += text, complain: (text: string) => complaint += text };
  try {
    return { command: parseCommandLine(args, output), printed, complaint };
  } catch (error) {
    if (!(error instanceof Finished)) throw error;
    return { code: error.code, printed, complaint };
  }
}

Deno.test("parseCommandLine() gives a command as data, with only what was said", () => {
  const { command } = outcome("generate", "a cat");
  assert.deepEqual(JSON.parse(JSON.stringify(command)), {
    kind: "generate",
    prompt: "a cat",
    json: false,
    quiet: false,
  });
  assert.deepEqual(outcome("doctor", "--json").command, { kind: "doctor", json: true });
  assert.equal(outcome("explain").command?.kind, "explain");
});

Deno.test("parseCommandLine() reads every flag of generate, and explain the same", () => {
  const flags: [string, string, string, unknown][] = [
    ["--negative", "blurry", "negative", "blurry"],
    ["--seed", "18446744073709551615", "seed", 18446744073709551615n],
    ["--noise", "torch-cuda", "noise", "torch-cuda"],
    ["--variation-seed", "5", "variationSeed", 5n],
    ["--variation-strength", "0.25", "variationStrength", 0.25],
    ["--image", "photo.png", "image", "photo.png"],
    ["--strength", "0.6", "strength", 0.6],
    ["--images", "4", "images", 4],
    ["--width", "64", "width", 64],
    ["--height", "128", "height", 128],
    ["--model", "./folder", "model", "./folder"],
    ["--recipe", "night.ts", "recipe", "night.ts"],
    ["--device", "wasm", "device", "wasm"],
    ["--attention-form", "graph", "attentionForm", "graph"],
    ["--steps", "12", "steps", 12],
    ["--solver", "dpmpp_2m", "solver", "dpmpp_2m"],
    ["--sigmas", "karras", "sigmas", "karras"],
    ["--scheduler", "scheduler_config.json", "scheduler", "scheduler_config.json"],
    ["--guidance", "apg", "guidance", "apg"],
    ["--scale", "2.5e0", "scale", 2.5],
    ["--rescale", ".7", "rescale", 0.7],
    ["--pag", "3", "pag", 3],
    ["--seg", "0.5", "seg", 0.5],
    ["--clip-skip", "1", "clipSkip", 1],
    ["--attention", "pladis", "attention", "pladis"],
    ["--lambda", "-1", "lambda", -1],
    ["--alpha", "1.25", "alpha", 1.25],
    ["--temperature", "0.8", "temperature", 0.8],
    ["--sites", "down, up_blocks.1.attn2", "sites", ["down", "up_blocks.1.attn2"]],
    ["--out", "cat.png", "out", "cat.png"],
    ["--trace", "trace", "trace", "trace"],
    ["--maps", "maps", "maps", "maps"],
  ];
  const args = [...flags.flatMap(([flag, value]) => [flag, value]), "--json", "--quiet", "a cat"];
  const expected = Object.fromEntries(flags.map(([, , key, value]) => [key, value]));
  for (const kind of ["generate", "explain"]) {
    assert.deepEqual(outcome(kind, ...args).command, {
      kind,
      prompt: "a cat",
      json: true,
      quiet: true,
      ...expected,
    });
    for (const [flag, value, key, parsed] of flags) {
      const { command } = outcome(kind, "a cat", `${flag}=${value}`);
      assert.deepEqual((command as unknown as Record<string, unknown>)[key], parsed, flag);
    }
  }
});

Deno.test("parseCommandLine() reads every flag of eval", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(outcome("eval").command)), {
    kind: "eval",
    axis: [],
    resume: false,
    json: false,
    quiet: false,
  });
  const { command } = outcome(
    ...[
      "eval",
      "--prompts",
      "40",
      "--scenes",
      "first",
      "--kinds",
      "two,one",
      "--negative",
      "a dog",
      "--seed",
      "7",
    ],
    ...[
      "--axis",
      "attention.lambda=0,2",
      "--axis",
      'attention.sites=all,["down"]',
      "--batch",
      "4",
      "--keep",
      "k",
    ],
    ...[
      "--resume",
      "--chart",
      "c.svg",
      "--json",
      "--quiet",
      "--steps",
      "8",
      "--recipe",
      "r.ts",
      "--device",
      "native",
    ],
  );
  assert.deepEqual(JSON.parse(JSON.stringify(command)), {
    kind: "eval",
    prompts: 40,
    scenes: "first",
    kinds: ["two", "one"],
    negative: "a dog",
    seed: 7,
    axis: [
      { path: "attention.lambda", values: [0, 2] },
      { path: "attention.sites", values: ["all", ["down"]] },
    ],
    batch: 4,
    keep: "k",
    resume: true,
    chart: "c.svg",
    json: true,
    quiet: true,
    steps: 8,
    recipe: "r.ts",
    device: "native",
  });
});

Deno.test("parseCommandLine() takes an empty prompt, and one that starts with a hyphen", () => {
  assert.equal((outcome("generate", "").command as { prompt: string }).prompt, "");
  assert.equal(
    (outcome("generate", "--steps", "3", "--", "--help").command as { prompt: string }).prompt,
    "--help",
  );
});

Deno.test("parseCommandLine() complains in one line that says what to do, with exit code 2", () => {
  const cases: [string[], RegExp][] = [
    [[], /the command must be generate, explain, eval or doctor\. winnow --help shows how\./],
    [["generat", "a cat"], /got "generat"\. Did you mean generate\?/],
    [["generate"], /PROMPT must be given\. Say what to draw, in quotes/],
    [["generate", "a", "cat"], /got "cat"\. A prompt of several words must stand in quotes/],
    [["generate", "a", "--sovler", "euler"], /got "--sovler"\. Did you mean --solver\?/],
    [
      ["generate", "a", "--solver", "eular"],
      /--solver must be one of ddim, .*, got "eular"\. Did you mean euler\?/,
    ],
    [["generate", "a", "--solver", "DPM++ 2M"], /Did you mean dpmpp_2m\?/],
    [
      ["generate", "a", "--solver", "quadratic"],
      /--solver must be one of ddim, euler, .*, bundle, got "quadratic"$/,
    ],
    [["generate", "a", "--sigmas", "karas"], /Did you mean karras\?/],
    [["generate", "a", "--device", "gpu"], /--device must be one of auto, webgpu, wasm, native, got "gpu"/],
    [["generate", "a", "--scale", "NaN"], /--scale must be a number, got "NaN"/],
    [["generate", "a", "--scale", "Infinity"], /--scale must be a number, got "Infinity"/],
    [["generate", "a", "--scale", ""], /--scale must be a number, got ""/],
    [["generate", "a", "--scale", "0x10"], /--scale must be a number, got "0x10"/],
    [["generate", "a", "--scale", "1,5"], /--scale must be a number, got "1,5"/],
    [["generate", "a", "--scale"], /--scale must be followed by S/],
    [["generate", "a", "--seed", "1.5"], /--seed must be a whole number, got "1.5"/],
    [["generate", "a", "--seed", "1", "--seed", "2"], /--seed must be given once/],
    [["generate", "a", "--json", "--json"], /--json must be given once/],
    [["generate", "a", "--out", " "], /--out must be a path, not empty, got " "/],
    [["doctor", "--steps", "3"], /got "--steps"\. It belongs to another command/],
    [["generate", "a", "--keep", "x"], /got "--keep"\. It belongs to another command/],
    [["eval", "--images", "3"], /got "--images"\. It belongs to another command/],
    [["eval", "a cat"], /an argument must be/],
    [
      ["eval", "--axis", "attention.lambda"],
      /--axis must be PATH=VALUE,VALUE,…, got "attention\.lambda"\. Write a field/,
    ],
    [["eval", "--axis", "a=1,,2"], /--axis must be a path and values, none of them empty/],
    [["eval", "--axis"], /--axis must be followed by PATH=V,…/],
    [
      ["eval", "--kinds", "one,tints,fuor"],
      /--kinds must be some of one,two,.* got "one,tints,fuor"\. Did you mean four\?/,
    ],
    [["eval", "--kinds", "one,one"], /--kinds must be some of .*, each once, got "one,one"$/],
    [["eval", "--kinds", ""], /--kinds must be some of/],
    [
      ["eval", "--scenes", "frist"],
      /--scenes must be one of first, full, got "frist"\. Did you mean first\?/,
    ],
    [["eval", "--prompts", "many"], /--prompts must be a number, got "many"/],
    [["eval", "--resume", "--resume"], /--resume must be given once/],
    [["generate", "-x"], /a prompt that starts with - follows --/],
  ];
  for (const [args, message] of cases) {
    const { code, complaint, printed } = outcome(...args);
    assert.match(complaint, message);
    assert.equal(code, 2, args.join(" "));
    assert.equal(printed, "");
    assert.match(complaint, /^Error: Cannot read the command line: [^\n]+$/);
  }
});

Deno.test("parseCommandLine() prints help with examples, and the version", () => {
  const { code, printed } = outcome("--help");
  assert.equal(code, 0);
  for (const name of ["generate", "explain", "eval", "doctor", "completion"]) {
    assert.ok(printed.includes(`\n  ${name} `), name);
  }
  for (const help of [outcome("generate", "--help"), outcome("help", "generate")]) {
    assert.equal(help.code, 0);
    assert.match(help.printed, /Examples:\nwinnow generate "a cat left of a rocket/);
    assert.match(help.printed, /--solver NAME .*\(choices: ddim, euler, .*\)/);
  }
  assert.deepEqual(outcome("--version"), { code: 0, printed: VERSION, complaint: "" });
});

Deno.test("the defaults in the help are the recipe's", () => {
  const { printed } = outcome("generate", "--help");
  const { scheduler, guidance, attention, textEncoder } = recipe({ model: pocket() });
  const { lambda, alpha } = pladis();
  const defaults: Record<string, unknown> = {
    "--steps": scheduler.steps,
    "--solver": scheduler.kind,
    "--noise": DEFAULT_NOISE,
    "--guidance": `${guidance.kind}, which is classifier-free guidance`,
    "--scale": guidance.kind === "cfg" && guidance.scale,
    "--rescale": guidance.kind === "cfg" && guidance.rescale,
    "--clip-skip": textEncoder.clipSkip,
    "--attention": attention.kind,
    "--lambda": lambda,
    "--alpha": alpha,
    "--images": DEFAULT_IMAGES,
  };
  assert.equal(entmax().alpha, alpha);
  for (const [flag, value] of Object.entries(defaults)) {
    const text = printed.split(`  ${flag} `)[1].split("\n  --")[0].split("\n\n")[0];
    assert.match(text.replace(/\s+/g, " "), new RegExp(`[Dd]efault: ${value}\\.( |$)`), flag);
  }
});

Deno.test("the defaults in the help of eval are the evaluation's", () => {
  const { printed } = outcome("eval", "--help");
  const defaults = {
    "--prompts": DEFAULT_PROMPTS,
    "--scenes": DEFAULT_GRAMMAR,
    "--seed": DEFAULT_SEED,
    "--batch": DEFAULT_BATCH,
  };
  assert.equal(DEFAULT_SCENE_SEED, DEFAULT_SEED, "one flag sets both");
  for (const [flag, value] of Object.entries(defaults)) {
    const text = printed.split(`  ${flag} `)[1].split("\n  --")[0].split("\n\n")[0];
    assert.match(text.replace(/\s+/g, " "), new RegExp(`[Dd]efault: ${value}\\.( |$)`), flag);
  }
});

Deno.test("every axis that completion offers is a field of the recipe", () => {
  assert.deepEqual(AXIS_PATHS.filter((path) => !recipePaths().includes(path)), []);
});

Deno.test("every example in the help is a command line that parses", () => {
  for (const command of ["generate", "explain", "eval"]) {
    const lines = outcome(command, "--help").printed.split("Examples:\n")[1].trim().split("\n");
    assert.ok(lines.length > 1);
    for (const line of lines) {
      const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, plain]) =>
        a ?? b ?? plain
      );
      assert.equal(words[0], "winnow");
      assert.equal(outcome(...words.slice(1)).command?.kind, command, line);
    }
  }
});

Deno.test("completion gives a script for each shell, and completes commands, flags and names", () => {
  for (const shell of ["bash", "zsh", "fish", "pwsh", "nu"]) {
    const { code, printed } = outcome("completion", shell);
    assert.equal(code, 0);
    assert.match(printed, /winnow/);
  }
  const completed = (...words: string[]) =>
    outcome("completion", "bash", ...words).printed.split(/\s+/).filter(Boolean);
  assert.deepEqual(completed("gen"), ["generate"]);
  assert.deepEqual(completed("generate", "--sol"), ["--solver"]);
  assert.deepEqual(completed("generate", "--solver", "dd"), ["ddim", "ddpm"]);
  assert.ok(completed("generate", "--model", "p").includes("pocket"));
  assert.deepEqual(completed("ev"), ["eval"]);
  assert.deepEqual(completed("eval", "--ke"), ["--keep"]);
  assert.deepEqual(completed("eval", "--scenes", "f"), ["first", "full"]);
  assert.deepEqual(completed("eval", "--kinds", "one,tin"), ["one,tint", "one,tints"]);
  assert.deepEqual(completed("eval", "--axis", "attention.l"), ["attention.lambda="]);
});
