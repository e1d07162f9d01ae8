/**
 * `winnow doctor`.
 *
 * @module
 */

import { inspectDevices } from "../models/runtimes/inspect_devices.ts";
import { VERSION } from "../pipeline/version.ts";
import type { DoctorCommand } from "./command_line.ts";
import { inspectionText } from "./inspection_text.ts";

/** Prints what this machine can compute on, what is missing and how to get it. */
export async function doctorCommand({ json }: DoctorCommand): Promise<void> {
  const inspection = await inspectDevices();
  const { os, arch } = Deno.build;
  const machine = { winnow: VERSION, os, arch, cpus: navigator.hardwareConcurrency };
  console.log(
    json ? JSON.stringify({ ...machine, ...inspection }, null, 2) : inspectionText(inspection, machine),
  );
}
