import assert from "node:assert/strict";
import { join } from "node:path";
import { readResultRows } from "../../evaluation/read_result_rows.ts";
import { inWorkplace, type Workplace } from "./run_cli.ts";

const FEW = ["--prompts", "4", "--kinds", "one,two", "--steps", "2", "--seed", "5", "--batch", "2"];
const TWO = [...FEW, "--axis", "attention.lambda=0,2"];
/** Four scenes, each from four seeds, under two settings. */
const PICTURES = 2 * 4 * 4;
const device = { WINNOW_DEVICE: "native" };

/** The report without the times, which nothing fixes, and without what says how it was asked for. */
function timeless(json: string): string {
  const { timings, notices, ...report } = JSON.parse(json);
  assert.ok(timings.totalMs > 0 && Array.isArray(notices));
  for (const setting of report.settings) delete setting.ms;
  return JSON.stringify(report);
}

/** Runs until a number of pictures are done, then sends the signal; gives the exit code and standard error. */
async function stopped(
  { start, folder }: Workplace,
  args: readonly string[],
  signal: Deno.Signal,
): Promise<{ code: number; stderr: string }> {
  const child = start("eval", ...args, "--keep", "k");
  const stderr = new Response(child.stderr).text();
  const stdout = child.stdout.cancel();
  const results = join(folder, "k/results.jsonl");
  while ((await readResultRows(results)).length < 6) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill(signal);
  const [{ code }] = await Promise.all([child.status, stdout]);
  return { code, stderr: await stderr };
}

Deno.test("eval prints a table, writes a chart, and keeps pictures and rows", () =>
  inWorkplace(async ({ run, names, folder }) => {
    const { code, stdout, stderr } = await run("eval", ...TWO, "--keep", "out/k", "--chart", "out/c.svg");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^right, % +all \(4\) +one \(2\) +two \(2\)\nlambda=0 .*\nlambda=2 .*\n\nbesides /);
    assert.match(stderr, /^Running on wasm/m);
    assert.match(stderr, new RegExp(`^picture ${PICTURES}/${PICTURES}, .*attention\\.lambda=2$`, "m"));
    assert.match(stderr, new RegExp(`^judged ${PICTURES} pictures in `, "m"));
    const files = names();
    assert.equal(
      files.filter((name) => /^out\/k\/0[12]\/000[1-4](-[234])?\.png$/.test(name)).length,
      PICTURES,
    );
    assert.ok(files.includes("out/k/evaluation.json"));
    assert.match(await Deno.readTextFile(join(folder, "out/c.svg")), /^<svg [\s\S]*<\/svg>\n$/);
    const rows = await readResultRows(join(folder, "out/k/results.jsonl"));
    assert.equal(rows.length, PICTURES);
    const [row] = rows;
    assert.equal(row.settings.scheduler.steps, 2);
    assert.ok(row.scene.objects[0].name && row.scene.objects[0].place && row.scene.color && row.seen.color);
    assert.equal(typeof row.right, "boolean");
  }));

Deno.test("eval --json prints one object; the same flags give the same report, with --recipe too", () =>
  inWorkplace(async ({ run, write }) => {
    const first = await run("eval", ...FEW, "--lambda", "1", "--scenes", "first", "--json", "--quiet");
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    const report = JSON.parse(first.stdout);
    assert.deepEqual([report.prompts, report.kinds, report.seed, report.pictures], [
      4,
      { one: 2, two: 2 },
      5,
      16,
    ]);
    assert.equal(report.settings[0].recipe.attention.lambda, 1);
    write("r.json", JSON.stringify(report.settings[0].recipe));
    const args = ["--prompts", "4", "--seed", "5", "--scenes", "first", "--recipe", "r.json", "--json"];
    const again = await run("eval", ...args);
    assert.equal(timeless(again.stdout), timeless(first.stdout));
  }, device));

Deno.test({
  name: "killed in the middle, eval --resume goes on to the report of an uninterrupted run",
  ignore: Deno.build.os === "windows", // which has no such signals for processes
  fn: () =>
    inWorkplace(async (place) => {
      const { run, folder } = place, results = join(folder, "k/results.jsonl");
      const whole = await run("eval", ...TWO, "--json", "--keep", "whole");
      const { code } = await stopped(place, TWO, "SIGKILL");
      assert.equal(code, 137);
      const left = (await readResultRows(results)).length;
      assert.ok(left >= 6 && left < PICTURES, `${left} pictures`);
      const refused = await run("eval", ...TWO, "--keep", "k");
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        /^Error: Cannot keep the evaluation: k must be a folder that keeps no evaluation/m,
      );
      const steps = await run(
        "eval",
        ...TWO.with(TWO.indexOf("--steps") + 1, "3"),
        "--keep",
        "k",
        "--resume",
      );
      assert.equal(steps.code, 1);
      assert.match(
        steps.stderr,
        /settings\[0\]\.recipe\.scheduler\.steps must be .* got 3\. It was begun with 2/,
      );
      const seed = await run("eval", ...TWO.with(TWO.indexOf("--seed") + 1, "6"), "--keep", "k", "--resume");
      assert.equal(seed.code, 2);
      assert.match(
        seed.stderr,
        /^Error: .*--seed must be what k was begun with, got 6\. It was begun with 5/m,
      );
      const resumed = await run("eval", ...TWO, "--json", "--keep", "k", "--resume");
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.match(resumed.stderr, new RegExp(`^picture +${left}/${PICTURES},`, "m"));
      assert.equal(timeless(resumed.stdout).replace('"keep":"k"', '"keep":"whole"'), timeless(whole.stdout));
      const images = (await readResultRows(results)).map(({ image }) => image);
      assert.deepEqual([images.length, new Set(images).size], [PICTURES, PICTURES]);
    }, device),
});

for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test({
    name: `${signal} ends eval with ${expected}, and what was done can be resumed`,
    ignore: Deno.build.os === "windows", // which has no such signals for processes
    fn: () =>
      inWorkplace(async (place) => {
        const { code, stderr } = await stopped(place, TWO, signal);
        assert.equal(code, expected, stderr);
        assert.match(
          stderr,
          /What was done is in k; the same command with --resume goes on\.\nInterrupted\.\n$/,
        );
        const text = await Deno.readTextFile(join(place.folder, "k/results.jsonl"));
        assert.ok(text.endsWith("}\n"), "no half row");
        const { code: done } = await place.run("eval", ...TWO, "--keep", "k", "--resume", "--quiet");
        assert.equal(done, 0);
      }, device),
  });
}

Deno.test("eval says what is wrong with its flags, with exit code 2, and leaves nothing behind", () =>
  inWorkplace(async ({ run, names }) => {
    const cases: [string[], RegExp][] = [
      [
        ["--axis", "attention.lamda=1"],
        /--axis must be a field of the recipe: .*Did you mean attention\.lambda\?/,
      ],
      [
        ["--axis", "attention.lambda=1,99"],
        /--axis \(attention\.lambda\) must be a number from 0 to 10, got 99/,
      ],
      [["--lambda", "2", "--axis", "attention.lambda=1,99"], /--axis \(attention\.lambda\) .* got 99/],
      [["--lambda", "99"], /--lambda must be a number from 0 to 10, got 99/],
      [["--prompts", "0"], /--prompts must be a whole number from 1 to 1000000, got 0/],
      [["--batch", "0.5"], /--batch must be a whole number from 1, got 0\.5/],
      [["--seed", "-1"], /--seed must be a whole number from 0/],
      [
        ["--scenes", "first", "--kinds", "four"],
        /--kinds must be some of one, two, which the first grammar has/,
      ],
      [["--scale", "1", "--negative", "a dog"], /--negative must be absent, since no setting has guidance/],
      [["--resume"], /--resume must be used with keep/],
      [["--chart", "c.png"], /--chart must be a name that ends in \.svg, got "c\.png"/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr, stdout } = await run("eval", ...args);
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, /^Error: [^\n]+\n$/);
    }
    assert.deepEqual(names(), []);
  }, device));
