/** From a cold start to a PNG with the bundled model, each a process of its own. */
import { dirname, fromFileUrl, join } from "npm:deno-std@1.4.0/path/mod.js";
import type { DeviceName } from "../models/runtimes/runtime.ts";
import type { Contender, Sample } from "./race.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));
const COMPARISON = "cold start";
const PROMPT = "a cat left of a rocket on a blue background";
const DENO = ["run", "-A", "--no-check", "--no-lock"];

/** Runs a program that prints JSON. */
async function timed(
  program: string,
  args: readonly string[],
  times: (json: Record<string, unknown>) => Omit<Sample, "ms">,
): Promise<Sample | undefined> {
  const start = performance.now();
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      cwd: ROOT,
      env: { NO_COLOR: "1", XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp" },
    }).output();
    const ms = performance.now() - start;
    if (success) return { ms, ...times(JSON.parse(new TextDecoder().decode(stdout))) } as Sample;
    console.error(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
  } catch (error) {
    console.error((error as Error).message);
  }
  return undefined;
}

function winnow(device: DeviceName, steps: number, folder: string, alpha: number | null): Contender {
  return {
    comparison: COMPARISON,
    name: alpha === null ? "Winnow, dense" : "Winnow, PLADIS",
    device,
    form: alpha === null ? "none" : device === "native" ? "graph" : "kernel",
    alpha,
    run() {
      const attention = alpha === null
        ? ["--attention", "dense"]
        : ["--attention", "pladis", "--alpha", `${alpha}`];
      const out = ["--seed", "1", "--json", "--quiet", "--out", join(folder, "bench.png")];
      const args = [
        "cli.ts",
        "generate",
        PROMPT,
        "--device",
        device,
        "--steps",
        `${steps}`,
        ...attention,
        ...out,
      ];
      return timed(Deno.execPath(), [...DENO, ...args], ({ timings }) => {
        const { loadMs: load, generateMs: generate } = timings as Record<string, number>;
        return { load, generate };
      });
    },
  };
}

function bare(device: DeviceName, steps: number): Contender {
  return {
    comparison: COMPARISON,
    name: "onnxruntime",
    device,
    form: "none",
    alpha: null,
    run: () =>
      timed(Deno.execPath(), [...DENO, "bench/bare_loop.ts", device, `${steps}`], (json) => {
        const { loadMs: load, generateMs: generate } = json as Record<string, number>;
        return { load, generate };
      }),
  };
}

/** onnxruntime over the unmodified files, then Winnow's command line: dense, and PLADIS with α 1.5. */
export function coldStartContenders(device: DeviceName, steps: number, folder: string): Contender[] {
  return [bare(device, steps), winnow(device, steps, folder, null), winnow(device, steps, folder, 1.5)];
}

/** diffusers, where Python has it. */
export function diffusersContender(steps: number, folder: string): Contender {
  return {
    comparison: COMPARISON,
    name: "diffusers",
    device: "torch cpu",
    form: "none",
    alpha: null,
    run() {
      const args = ["bench/diffusers_loop.py", "--steps", `${steps}`, "--out", join(folder, "bench.png")];
      return timed("python3", args, (json) => {
        const { load_ms: load, generate_ms: generate } = json as Record<string, number>;
        return { load, generate };
      });
    },
  };
}
