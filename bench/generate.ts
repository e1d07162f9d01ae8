/**
 * From a cold start to a PNG with the bundled model, on each runtime, and diffusers where Python has it.
 *
 *     deno task bench [--rounds 3] [--steps 20] [--devices native,wasm,webgpu] [--attention dense,pladis] [--json]
 *
 * Rows are interleaved: every round runs each of them once, so that a busy minute hurts all alike. `ms` is the whole
 * process, `load` from its start of work to sessions, `generate` from prompt to pixels; `ratio` is to the
 * bare loop on the same device.
 */
import { dirname, fromFileUrl, join } from "npm:deno-std@1.4.0/path/mod.js";
import { median, printRows, type Row } from "./table.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));
const PROMPT = "a cat left of a rocket on a blue background";

interface Sample {
  readonly ms: number;
  readonly load: number;
  readonly generate: number;
}

interface Contender {
  readonly name: string;
  readonly device: string;
  readonly form: string;
  readonly alpha: number | null;
  run(folder: string): Promise<Sample | undefined>;
}

function flag(name: string, otherwise: string): string {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Deno.args[at + 1];
}

const rounds = Number(flag("rounds", "3")), steps = flag("steps", "20");

async function timed(
  program: string,
  args: readonly string[],
): Promise<{ ms: number; text: string } | undefined> {
  const start = performance.now();
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      cwd: ROOT,
      env: { NO_COLOR: "1", XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp" },
    }).output();
    if (success) return { ms: performance.now() - start, text: new TextDecoder().decode(stdout) };
    console.error(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
  } catch (error) {
    console.error((error as Error).message);
  }
  return undefined;
}

function winnow(device: string, attention: string): Contender {
  const alpha = attention === "dense" ? null : 1.5;
  return {
    name: `winnow ${device} ${attention}`,
    device,
    form: alpha ? "graph" : "none",
    alpha,
    async run(folder) {
      const args = [
        "run",
        "-A",
        "--no-check",
        "--no-lock",
        "cli.ts",
        "generate",
        PROMPT,
        "--device",
        device,
        "--attention",
        attention,
      ];
      const out = ["--steps", steps, "--seed", "1", "--json", "--quiet", "--out", join(folder, "bench.png")];
      const done = await timed(Deno.execPath(), [...args, ...out]);
      if (!done) return undefined;
      const { timings } = JSON.parse(done.text);
      return { ms: done.ms, load: timings.loadMs, generate: timings.generateMs };
    },
  };
}

/** onnxruntime alone, as the base of each device's ratio. */
function bare(device: string): Contender {
  return {
    name: `bare loop ${device}`,
    device,
    form: "none",
    alpha: null,
    async run() {
      const done = await timed(Deno.execPath(), [
        "run",
        "-A",
        "--no-check",
        "--no-lock",
        "bench/bare_loop.ts",
        device,
        steps,
      ]);
      if (!done) return undefined;
      const { loadMs: load, generateMs: generate } = JSON.parse(done.text);
      return { ms: done.ms, load, generate };
    },
  };
}

const diffusers: Contender = {
  name: "diffusers",
  device: "torch cpu",
  form: "none",
  alpha: null,
  async run(folder) {
    const done = await timed("python3", [
      join("bench", "diffusers_loop.py"),
      "--steps",
      steps,
      "--out",
      join(folder, "bench.png"),
    ]);
    if (!done) return undefined;
    const { load_ms: load, generate_ms: generate } = JSON.parse(done.text);
    return { ms: done.ms, load, generate };
  },
};

const attentions = flag("attention", "dense,pladis").split(",");
const contenders = [
  ...flag("devices", "native,wasm,webgpu").split(",").flatMap((device) => [
    bare(device),
    ...attentions.map((kind) => winnow(device, kind)),
  ]),
  diffusers,
];
const folder = await Deno.makeTempDir();
const samples = new Map<Contender, Sample[]>();
try {
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const sample = await contender.run(folder);
      if (sample) samples.set(contender, [...samples.get(contender) ?? [], sample]);
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
const rows: Row[] = [];
const bases = new Map<string, number>();
for (const [{ name, device, form, alpha }, taken] of samples) {
  const middle = (key: keyof Sample) => median(taken.map((sample) => sample[key]));
  const ms = middle("ms");
  if (!bases.has(device)) bases.set(device, ms);
  rows.push({
    name,
    device,
    form,
    alpha,
    ms: Math.round(ms),
    load: Math.round(middle("load")),
    generate: Math.round(middle("generate")),
    ratio: Number((ms / (bases.get(device) as number)).toFixed(3)),
    rounds: taken.length,
  });
}
printRows(rows, Deno.args);
