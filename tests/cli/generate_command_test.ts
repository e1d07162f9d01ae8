import assert from "node:assert/strict";
import { join } from "node:path";
import { readImageMetadata } from "../../pipeline/image_metadata.ts";
import { decodeNpy } from "../../pipeline/npy.ts";
import { decodePixels } from "../../pipeline/png_codec.ts";
import { VERSION } from "../../pipeline/version.ts";
import { inWorkplace } from "./run_cli.ts";

const PROMPT = "a cat left of a rocket on a blue background";

Deno.test("generate writes a picture named after its seed, and its recipe makes the same picture again", () =>
  inWorkplace(async ({ folder, run, names }) => {
    const { code, stdout, stderr } = await run(
      "generate",
      PROMPT,
      "--seed",
      "7",
      "--steps",
      "4",
      "--lambda",
      "1.5",
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "winnow-7.png\n");
    assert.deepEqual(names(), ["winnow-7.png"]);
    assert.match(stderr, /^Running on wasm/m);
    assert.match(stderr, /^step 1\/4, sigma [\d.e+-]+, [\d.]+ s, [\d.]+ s left$/m);
    assert.match(stderr, /^loaded in .*, made 1 picture in .*, seed 7$/m);
    const png = await Deno.readFile(join(folder, "winnow-7.png"));
    const { prompt, seed, winnow, recipe, models } = await readImageMetadata(png);
    assert.deepEqual([prompt, seed, winnow], [PROMPT, "7", VERSION]);
    assert.deepEqual([recipe.scheduler.kind, recipe.scheduler.steps, recipe.attention.kind], [
      "ddim",
      4,
      "pladis",
    ]);
    assert.match(models["unet/model.onnx"], /^[0-9a-f]{64}$/);
    const again = await run(
      "generate",
      PROMPT,
      "--seed",
      "7",
      "--recipe",
      "winnow-7.png",
      "--out",
      "new/folder/b.png",
    );
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await Deno.readFile(join(folder, "new/folder/b.png")), png);
  }));

Deno.test("generate --image starts from a picture, and the file says from which", () =>
  inWorkplace(async ({ folder, run }) => {
    const args = ["--seed", "7", "--steps", "4", "--quiet"];
    assert.equal((await run("generate", PROMPT, ...args, "--out", "a.png")).code, 0);
    const from = ["--image", "a.png", "--strength", "0.5"];
    const { code, stdout, stderr } = await run("generate", "a fox", ...args.slice(0, 4), ...from, "--json");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^step 2\/2/m);
    const { files: [{ path }], plan } = JSON.parse(stdout);
    assert.deepEqual([plan.steps, plan.evaluations], [2, 4]);
    assert.deepEqual(plan.image, { width: 64, height: 64, strength: 0.5 });
    const file = await Deno.readFile(join(folder, "a.png"));
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", file)).toHex();
    const { image } = await readImageMetadata(await Deno.readFile(join(folder, path)));
    assert.deepEqual(image, { sha256, strength: 0.5 });
    const sized = ["--width", "96", "--height", "64", "--out", "b.png", "--steps", "2"];
    const resized = await run("generate", "a fox", ...from, ...sized);
    assert.match(resized.stderr, /from 64 × 64 pixels to 96 × 64, the size asked for/);
    const { width, height } = await decodePixels(await Deno.readFile(join(folder, "b.png")));
    assert.deepEqual([width, height], [96, 64]);
    const plain = await run("explain", ...from, "--steps", "4");
    assert.match(plain.stdout, /^image +64 × 64 pixels, of which 0.5 is given up: steps 3 to 4 of 4$/m);
    assert.match(plain.stdout, /2 a step, 4 evaluations an image/);
  }));

Deno.test("generate --image with a bad picture or strength is an error before the model is loaded", () =>
  inWorkplace(async ({ run, write }) => {
    const bad = write("bad.png", "GIF89a");
    const cases: [string[], number, RegExp][] = [
      [["--strength", "0.5"], 2, /--strength must be used with --image, got 0.5/],
      [["--image", "none.png"], 1, /read the picture none.png: it must be a file.*got "nothing there"/],
      [["--image", bad], 2, /--image must be a PNG file.*PNG and JPEG are the formats that are read/],
    ];
    for (const [flags, code, message] of cases) {
      const ran = await run("generate", PROMPT, ...flags);
      assert.equal(ran.code, code, ran.stderr);
      assert.match(ran.stderr, message);
      assert.doesNotMatch(ran.stderr, /Running on/);
    }
    const good = ["--image", "a.png", "--strength"];
    assert.equal((await run("generate", PROMPT, "--steps", "2", "--out", "a.png")).code, 0);
    for (const strength of ["2", "0.1"]) {
      const ran = await run("generate", PROMPT, ...good, strength);
      assert.equal(ran.code, strength === "2" ? 2 : 0, ran.stderr);
      if (strength === "2") assert.match(ran.stderr, /--strength must be a number from 0 to 1, got 2/);
    }
  }));

Deno.test("generate --json prints one object, for several pictures too", () =>
  inWorkplace(async ({ folder, run, names }) => {
    const args = ["--images", "2", "--seed", "7", "--steps", "2", "--out", "x.png", "--json"];
    const { code, stdout, stderr } = await run("generate", PROMPT, ...args);
    assert.equal(code, 0, stderr);
    assert.deepEqual(names(), ["x-1.png", "x-2.png"]);
    const report = JSON.parse(stdout);
    const files = [["x-1.png", "7"], ["x-2.png", "8"]].map(([path, seed]) => ({
      path,
      seed,
      width: 64,
      height: 64,
    }));
    assert.deepEqual(report.files, files);
    assert.equal(report.device.device, "wasm");
    assert.deepEqual([report.plan.model, report.plan.solver, report.plan.steps], ["pocket", "ddim", 2]);
    assert.equal(report.recipe.scheduler.steps, 2);
    const { loadMs, generateMs, writeMs, totalMs } = report.timings;
    assert.ok(loadMs > 0 && generateMs > 0 && writeMs >= 0 && totalMs >= loadMs + generateMs);
    for (const { path, seed } of files) {
      assert.equal((await readImageMetadata(await Deno.readFile(join(folder, path)))).seed, seed);
    }
  }));

Deno.test("generate --quiet prints nothing; a random seed is in the file's name and text", () =>
  inWorkplace(async ({ folder, run, names }) => {
    const { code, stdout, stderr } = await run("generate", "", "--steps", "1", "--quiet");
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
    const [name] = names();
    const { seed, prompt } = await readImageMetadata(await Deno.readFile(join(folder, name)));
    assert.equal(name, `winnow-${seed}.png`);
    assert.equal(prompt, "");
  }));

Deno.test("generate --trace writes NumPy files that agree with the picture", () =>
  inWorkplace(async ({ folder, run, names }) => {
    const args = ["--images", "2", "--steps", "3", "--seed", "1", "--out", "x.png", "--trace", "t/deep"];
    const { code, stderr } = await run("generate", PROMPT, ...args);
    assert.equal(code, 0, stderr);
    const written = [
      "image",
      "latents",
      "noise",
      "prompt_embeds",
      "step-000",
      "step-001",
      "step-002",
      "timesteps",
    ];
    assert.deepEqual(
      names().filter((name) => name.endsWith(".npy")),
      written.map((name) => `t/deep/${name}.npy`),
    );
    const read = async (name: string) => decodeNpy(await Deno.readFile(join(folder, `t/deep/${name}.npy`)));
    const image = await read("image");
    assert.deepEqual([image.dtype, image.shape], ["float32", [2, 3, 64, 64]]);
    assert.deepEqual((await read("noise")).shape, [2, 16, 16, 16]);
    assert.deepEqual((await read("timesteps")).shape, [3]);
    assert.deepEqual((await read("latents")).data, (await read("step-002")).data);
    assert.notDeepEqual((await read("step-001")).data, (await read("step-002")).data);
    const plane = 64 * 64;
    for (const i of [0, 1]) {
      const { data } = await decodePixels(await Deno.readFile(join(folder, `x-${i + 1}.png`)));
      for (let at = 0; at < 3 * plane; at++) {
        const value = Number(image.data[i * 3 * plane + at]);
        assert.ok(value >= 0 && value <= 1);
        assert.ok(Math.abs(value * 255 - data[(at % plane) * 3 + Math.floor(at / plane)]) <= 0.5 + 1e-4);
      }
    }
  }));

Deno.test("a prompt longer than the context is made, with a warning that shows what was cut", () =>
  inWorkplace(async ({ run, names }) => {
    const long = `${PROMPT} ${"and a very red car ".repeat(20)}ending`;
    const { code, stderr } = await run("generate", long, "--steps", "1", "--seed", "1");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /ending/);
    assert.deepEqual(names(), ["winnow-1.png"]);
  }));

for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test({
    name: `${signal} ends generate with ${expected} and leaves no file`,
    ignore: Deno.build.os === "windows", // which has no such signals for processes
    fn: () =>
      inWorkplace(async ({ start, names }) => {
        const child = start("generate", PROMPT, "--steps", "60", "--out", "a/x.png");
        let stderr = "";
        const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          if (!stderr.includes("\nstep ") && (stderr + part.value).includes("\nstep ")) child.kill(signal);
          stderr += part.value;
        }
        await child.stdout.cancel();
        const { code } = await child.status;
        assert.equal(code, expected, stderr);
        // soon: not after a tenth of the run, which would be six steps
        assert.equal(stderr.match(/^step /gm)?.length, 1, stderr);
        assert.match(stderr, /\nInterrupted\.\n$/);
        assert.deepEqual(names(), []);
      }),
  });
}
