/** Contenders that take turns, and the rows that their times make. */
import { median, type Row } from "./table.ts";

/** What one turn took, in ms; besides the whole, parts of it by name. */
export type Sample = { readonly ms: number } & Readonly<Record<string, number>>;

/** One way to do what is compared. */
export interface Contender {
  /** Those of one comparison on one device are held against the first of them. */
  readonly comparison: string;
  readonly name: string;
  readonly device: string;
  /** How attention is computed: "none" as in the file, "graph" in nodes, "kernel" in a shader. */
  readonly form: string;
  readonly alpha: number | null;
  /** Takes a turn; undefined, after a line on stderr, where it cannot. */
  run(): Promise<Sample | undefined>;
}

/** The value after `--name`. */
export function flag(name: string, otherwise: string): string {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Deno.args[at + 1];
}

const round = (ms: number) => ms < 100 ? Number(ms.toFixed(1)) : Math.round(ms);

/**
 * Lets each contender take its turn in every round, so that a busy minute hurts all alike.
 *
 * @returns A row for each: times are medians, `least` is the fastest turn, and `ratio` is the median over the rounds of what the turn took against
 *   the base's turn in the same round.
 */
export async function race(contenders: readonly Contender[], rounds: number): Promise<Row[]> {
  const taken = contenders.map((): (Sample | undefined)[] => []);
  for (let i = 0; i < rounds; i++) {
    for (const [at, contender] of contenders.entries()) {
      const sample = await contender.run();
      taken[at].push(sample);
      console.error(
        `${i + 1}/${rounds} ${contender.comparison}, ${contender.device}, ${contender.name}: ${
          sample ? `${round(sample.ms)} ms` : "not run"
        }`,
      );
    }
  }
  return contenders.flatMap(({ comparison, name, device, form, alpha }, at) => {
    const samples = taken[at].filter((sample) => sample !== undefined);
    if (samples.length === 0) return [];
    const base = contenders.findIndex((other) => other.comparison === comparison && other.device === device);
    const ratios = taken[at].flatMap((sample, i) => {
      const other = taken[base][i];
      return sample && other ? [sample.ms / other.ms] : [];
    });
    const times = Object.keys(samples[0]).map((key) => [key, round(median(samples.map((s) => s[key])))]);
    return [{
      comparison,
      name,
      device,
      form,
      alpha,
      ...Object.fromEntries(times) as { ms: number },
      least: round(Math.min(...samples.map((s) => s.ms))),
      ratio: ratios.length ? Number(median(ratios).toFixed(3)) : null,
      rounds: samples.length,
    }];
  });
}
