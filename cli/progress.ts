/**
 * How far a run has come, on standard error: a bar that moves on a terminal, a few plain lines anywhere else.
 *
 * @module
 */

/** What a step of a run tells; a part of the pipeline's StepEvent. */
export interface StepProgress {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** The noise level after the step. */
  readonly sigma: number;
  readonly elapsedMs: number;
  readonly remainingMs: number;
}

/** What is loaded; the pipeline's LoadEvent. */
export interface LoadProgress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

/** How much of a model's file has come; the bundle's download event. */
export interface FetchProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** Absent if the server does not tell. */
  readonly totalBytes?: number;
}

/** How far an evaluation has come; a part of its EvaluationProgress. */
export interface PicturesProgress {
  readonly done: number;
  readonly total: number;
  readonly setting: string;
  readonly elapsedMs: number;
  /** Infinity as long as nothing tells. */
  readonly remainingMs: number;
}

/** Where progress goes. */
export interface ProgressOptions {
  /** Whether the line can be written over. */
  readonly terminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Writes text as it is, with no line end of its own. */
  readonly write: (text: string) => void;
}

/** Tells how far a run has come. */
export interface Progress {
  fetch(event: FetchProgress): void;
  load(event: LoadProgress): void;
  step(event: StepProgress): void;
  pictures(event: PicturesProgress): void;
  /** A line that stays, above the bar if there is one. */
  line(text: string): void;
  /** Takes the bar away. */
  clear(): void;
}

/** Says nothing at all. */
export const SILENT: Progress = { fetch() {}, load() {}, step() {}, pictures() {}, line() {}, clear() {} };

const ERASE_LINE = "\r\x1b[2K";
const BAR_WIDTH = 24;
const BYTES_PER_MB = 1e6;
/** Off a terminal, steps are told when they complete another of this many parts of the run. */
const PARTS = 10;

/** Progress as {@linkcode ProgressOptions} says. */
export function createProgress({ terminal, columns, write }: ProgressOptions): Progress {
  const erase = terminal ? ERASE_LINE : "";
  let barShown = false;
  let current = "", part = -1;
  const clear = () => {
    if (barShown) write(ERASE_LINE);
    barShown = false;
  };
  const show = (text: string) => {
    write(`${erase}${text.slice(0, columns - 1)}`);
    barShown = true;
  };
  const line = (text: string) => {
    clear();
    write(`${text}\n`);
  };
  return {
    line,
    clear,
    fetch({ file, receivedBytes, totalBytes }) {
      if (terminal) {
        show(`${bar(receivedBytes, totalBytes ?? 0)} ${fetchText(file, receivedBytes, totalBytes)}`);
      } else if (file !== current) {
        line(`fetching ${file}${totalBytes === undefined ? "" : ` (${megabytes(totalBytes)})`}`);
      }
      current = file;
    },
    load({ what, done, total }) {
      if (terminal) show(`${bar(done, total)} loaded ${what}`);
    },
    step(event) {
      if (terminal) show(`${bar(event.step, event.steps)} ${stepText(event)}`);
      else if (isMilestone(event)) line(stepText(event));
    },
    pictures(event) {
      const { done, total } = event, now = Math.floor((done * PARTS) / total);
      if (terminal) show(`${bar(done, total)} ${picturesText(event)}`);
      else if (now > part) line(picturesText(event));
      part = now;
    },
  };
}

/** Whether this step completes another tenth of the run; the first and the last always do. */
function isMilestone({ step, steps }: StepProgress): boolean {
  const part = (n: number) => Math.floor((n * PARTS) / steps);
  return step === 1 || step === steps || part(step) > part(step - 1);
}

function stepText({ step, steps, sigma, elapsedMs, remainingMs }: StepProgress): string {
  const count = String(step).padStart(String(steps).length);
  const left = step === steps ? "" : `, ${duration(remainingMs)} left`;
  return `step ${count}/${steps}, sigma ${sigma.toPrecision(3)}, ${duration(elapsedMs)}${left}`;
}

function picturesText({ done, total, setting, elapsedMs, remainingMs }: PicturesProgress): string {
  const left = Number.isFinite(remainingMs) && done < total ? `, ${duration(remainingMs)} left` : "";
  return `picture ${String(done).padStart(String(total).length)}/${total}, ${
    duration(elapsedMs)
  }${left}, ${setting}`;
}

function fetchText(file: string, received: number, total: number | undefined): string {
  return `fetching ${file}, ${total === undefined ? "" : `${(received / BYTES_PER_MB).toFixed(1)} of `}${
    megabytes(total ?? received)
  }`;
}

function megabytes(bytes: number): string {
  return `${(bytes / BYTES_PER_MB).toFixed(1)} MB`;
}

function bar(done: number, total: number): string {
  const filled = total > 0 ? Math.round((BAR_WIDTH * Math.min(done, total)) / total) : 0;
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
}

/** "0.4 s", "75 s", "12 min". */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
