import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { inWorkplace } from "./run_cli.ts";

const RECIPES = JSON.stringify(import.meta.resolve("../../recipes/recipes.ts"));
const unix = Deno.build.os !== "windows";

Deno.test("bad input ends with one clear line, the right exit code, no stack trace and no file", () =>
  inWorkplace(async ({ run, write, names, folder }) => {
    const g = (...flags: string[]) => ["generate", "a cat", "--quiet", ...flags];
    write("fixed.png", "");
    Deno.chmodSync(`${folder}/fixed.png`, 0o444);
    write("throws.ts", `throw new Error("boom");`);
    write("syntax.ts", `export default {`);
    write(
      "key.ts",
      `import { pocket, recipe } from ${RECIPES};\nexport default recipe({ model: pocket(), colour: 1 });`,
    );
    write("none.ts", `export const x = 1;`);
    write("scheduler.json", `{"_class_name": "VQDiffusionScheduler"}`);
    write("list.json", `[]`);
    Deno.mkdirSync(`${folder}/empty`);
    const cases: [string[], number, RegExp][] = [
      [[], 2, /the command must be generate, explain, eval or doctor/],
      [g("--steps", "0"), 2, /--steps must be .*, got 0/],
      [g("--scale", "NaN"), 2, /--scale must be a number, got "NaN"/],
      [g("--lambda", "1e9"), 2, /--lambda must be .*, got 1000000000/],
      [g("--lambda", "2", "--alpha", "1"), 2, /--alpha must be .*, got 1/],
      [g("--solver", "eular"), 2, /Did you mean euler\?/],
      [g("--images", "0"), 2, /--images must be .*, got 0/],
      [g("--seed", "18446744073709551616"), 2, /--seed must be /],
      [g("--width", "60", "--height", "64"), 2, /--width .*60/],
      [g("--out", "cat.jpg"), 2, /--out must be a name that ends in \.png, got "cat\.jpg"/],
      [g("--scale", "1", "--negative", "blur"), 2, /--negative must be used with guidance, got "blur"/],
      [g("--out", "empty/x.png/y.png", "--recipe", "nowhere.ts"), 1, /nowhere\.ts/],
      [g("--out", "throws.ts/x.png"), 1, /a part of the path is a file/],
      [g("--out", "x.png", "--trace", "throws.ts"), 1, /a part of the path is a file/],
      ...(unix ? [[g("--out", "fixed.png"), 1, /got "a read-only file"/] as [string[], number, RegExp]] : []),
      [
        g("--recipe", "nowhere.ts"),
        1,
        /Cannot read the recipe nowhere\.ts: it must be a file that can be read, got "nothing/,
      ],
      [g("--recipe", "throws.ts"), 1, /got "Error: boom \(line 1\)"/],
      [g("--recipe", "syntax.ts"), 1, /Cannot read the recipe syntax\.ts: the module must be one that runs/],
      [g("--recipe", "key.ts"), 1, /Cannot read the recipe key\.ts: .*colour/],
      [g("--recipe", "none.ts"), 1, /a recipe among them, got \["x"\]/],
      [g("--model", "empty"), 1, /Cannot .*empty/],
      [g("--model", "nowhere"), 1, /Cannot .*nowhere/],
      [g("--scheduler", "list.json"), 1, /must be a JSON object, got \[\]/],
      [g("--scheduler", "scheduler.json"), 1, /one of DDIMScheduler, .*, got "VQDiffusionScheduler"/],
    ];
    const before = names();
    for (const [args, expected, message] of cases) {
      const { code, stdout, stderr } = await run(...args);
      assert.match(stderr, message, args.join(" "));
      assert.equal(code, expected, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^Error: [^\n]+\n$/, args.join(" "));
    }
    assert.deepEqual(names(), before);
  }));

Deno.test({
  name: "no WebGPU adapter: an error that says how to get one, and doctor says what would be used instead",
  // Deno looks for adapters of this kind alone, of which only Windows has any.
  ignore: Deno.build.os === "windows",
  fn: () =>
    inWorkplace(async ({ run, names }) => {
      const { code, stderr } = await run("generate", "a cat", "--device", "webgpu", "--out", "cat.png");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Error: Cannot use webgpu: a WebGPU adapter must be present, got "none"\. Install /,
      );
      assert.doesNotMatch(stderr, /\n\s+at /);
      assert.deepEqual(names(), []);
      const doctor = JSON.parse((await run("doctor", "--json")).stdout);
      assert.equal(doctor.webgpu.available, false);
      assert.equal(doctor.chosen.device, "wasm");
    }, { DENO_WEBGPU_BACKEND: "dx12", WINNOW_DEVICE: "auto" }),
});

Deno.test("WINNOW_DEBUG=1 shows where an error comes from", () =>
  inWorkplace(async ({ run }) => {
    const { code, stderr } = await run("generate", "a cat", "--recipe", "nowhere.ts");
    assert.equal(code, 1);
    assert.match(stderr, /RecipeError: Cannot read the recipe nowhere\.ts/);
    assert.match(stderr, /input_files\.ts:\d+/);
  }, { WINNOW_DEBUG: "1" }));

Deno.test("explain prints the plan as text and as JSON, without computing", () =>
  inWorkplace(async ({ run, names }) => {
    const flags = ["--solver", "euler", "--sigmas", "karras", "--steps", "5", "--lambda", "3"];
    const text = await run("explain", ...flags);
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /euler, 5 steps/);
    assert.match(text.stdout, /PLADIS, λ 3/);
    const json = JSON.parse((await run("explain", "a cat", ...flags, "--json")).stdout);
    assert.equal(json.scheduler.timesteps.length, 5);
    assert.equal(json.attention.policies[0].policy.lambda, 3);
    assert.deepEqual(names(), []);
  }));

Deno.test("policies by site come with a recipe's file; the flag of one policy is an error that says so", () =>
  inWorkplace(async ({ run, write, names }) => {
    const policies = [{ kind: "pladis", sites: ["up"] }, { kind: "entmax", alpha: 2, sites: ["mid"] }];
    const scene = (list: object[]) =>
      JSON.stringify({ model: { kind: "pocket" }, attention: { kind: "by-site", policies: list } });
    write("scene.json", scene(policies));
    write("twice.json", scene([...policies, { kind: "temperature", temperature: 2 }]));
    const { code, stdout, stderr } = await run("explain", "--recipe", "scene.json", "--json");
    assert.equal(code, 0, stderr);
    const { attention } = JSON.parse(stdout);
    assert.deepEqual(
      attention.policies.map(({ policy, sites }: { policy: object; sites: object[] }) => [
        policy,
        sites.length,
      ]),
      [[{ kind: "pladis", lambda: 2, alpha: 1.5 }, 4], [{ kind: "entmax", alpha: 2 }, 1]],
    );
    const flag = await run("explain", "--recipe", "scene.json", "--lambda", "2");
    assert.equal(flag.code, 2);
    assert.match(
      flag.stderr,
      /^Error: .*--lambda must be left out where .*Change attention\.policies in the recipe/,
    );
    const overlap = await run("explain", "--recipe", "twice.json");
    assert.equal(overlap.code, 1);
    assert.match(
      overlap.stderr,
      /^Error: .*attention\.policies\[2\]\.sites must be sites that attention\.policies\[0\]\.sites has not got, got "up_blocks/,
    );
    assert.deepEqual(names(), ["scene.json", "twice.json"]);
  }));

Deno.test("explain tells the family of a folder from its model_index.json", () =>
  inWorkplace(async ({ run }) => {
    for (const [name, kind] of [["sd15", "stable-diffusion"], ["sdxl", "stable-diffusion-xl"]]) {
      const folder = fileURLToPath(import.meta.resolve(`../fixtures/${name}/model`));
      const { code, stdout, stderr } = await run("explain", "--model", folder, "--lambda", "2", "--json");
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).model, kind);
    }
  }));

Deno.test("doctor prints a table, and JSON", () =>
  inWorkplace(async ({ run }) => {
    const { code, stdout } = await run("doctor");
    assert.equal(code, 0);
    for (const label of ["winnow", "webgpu", "wasm", "native", "chosen"]) {
      assert.match(stdout, new RegExp(`^${label} `, "m"));
    }
    const json = JSON.parse((await run("doctor", "--json")).stdout);
    assert.equal(json.wasm.available, true);
    assert.equal(json.chosen.device, "wasm"); // as WINNOW_DEVICE says here
    assert.equal(json.deno, Deno.version.deno);
  }));

Deno.test("help needs no model and no runtime", () =>
  inWorkplace(async ({ run }) => {
    for (const args of [["--help"], ["generate", "--help"], ["--version"], ["completion", "bash"]]) {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 0);
      assert.equal(stderr, "");
      assert.ok(stdout.length > 0);
    }
  }));
