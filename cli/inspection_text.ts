/**
 * What was found on a machine, as a table.
 *
 * @module
 */

import type { DeviceInspection } from "../models/runtimes/inspect_devices.ts";

/** What the inspection of runtimes does not tell. */
export interface Machine {
  readonly winnow: string;
  readonly os: string;
  readonly arch: string;
  readonly cpus: number;
}

/** What any of the runtimes may tell. */
interface Availability {
  readonly available: boolean;
  readonly version?: string;
  readonly problem?: string;
  readonly remedy?: string;
}

const LABEL_WIDTH = 9;
const KIBI = 2 ** 10;
const MEBI = 2 ** 20;

/** The limits that decide which models fit, and what they are called here. */
const LIMITS_SHOWN = {
  maxBufferSize: "buffers up to",
  maxStorageBufferBindingSize: "bindings up to",
  maxComputeWorkgroupStorageSize: "workgroup memory",
} as const;
/** The features that kernels make use of. */
const FEATURES_SHOWN = ["shader-f16", "subgroups", "timestamp-query"];

/** A table of runtimes: what is there, what is missing and how to get it, and what would be used. */
export function inspectionText(inspection: DeviceInspection, machine: Machine): string {
  const { deno, webgpu, wasm, native, chosen } = inspection;
  const { winnow, os, arch, cpus } = machine;
  const rows = [
    ["winnow", `${winnow}, Deno ${deno}, ${os} ${arch}, ${cpus} CPUs`],
    ["webgpu", state(webgpu, "web", adapterText(webgpu))],
    ...(webgpu.available ? [["", limitsText(webgpu.limits)], ["", featuresText(webgpu.features)]] : []),
    ["wasm", state(wasm, "web", `${wasm.threads} ${wasm.threads === 1 ? "thread" : "threads"}`)],
    ["native", state(native, "node")],
    ["chosen", chosen.reason],
  ];
  return rows.filter(([, text]) => text !== "").map(([label, text]) => `${label.padEnd(LABEL_WIDTH)}${text}`)
    .join("\n");
}

function state(
  { available, version, problem, remedy }: Availability,
  build: "web" | "node",
  detail?: string,
): string {
  if (available) return `yes: ${[detail, `onnxruntime-${build} ${version}`].filter(Boolean).join("; ")}`;
  return `no: ${problem ?? "not there"}${remedy === undefined ? "" : `. ${remedy}`}`;
}

function adapterText({ adapter, software }: DeviceInspection["webgpu"]): string {
  return `${adapter ?? "an adapter"}${software ? ", a software adapter: used only when named" : ""}`;
}

function limitsText(limits: Readonly<Record<string, number>> = {}): string {
  return Object.entries(LIMITS_SHOWN).filter(([name]) => name in limits)
    .map(([name, title]) => `${title} ${size(limits[name])}`).join(", ");
}

function featuresText(features: readonly string[] = []): string {
  return FEATURES_SHOWN.map((name) => `${features.includes(name) ? "has" : "no"} ${name}`).join(", ");
}

function size(bytes: number): string {
  return bytes >= MEBI ? `${Math.round(bytes / MEBI)} MiB` : `${Math.round(bytes / KIBI)} KiB`;
}
