/** Prints rows as a table that lines up, or as JSON. */

export type Row = Readonly<Record<string, string | number | null>>;

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "number" && !Number.isInteger(value)
    ? value.toFixed(value < 10 ? 3 : 1)
    : String(value);
}

/** One line a row, columns as wide as their widest cell, numbers to the right. */
export function formatTable(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => cell(row[column]).length))
  );
  const line = (cells: readonly (string | number | null | undefined)[]) =>
    cells.map((value, i) =>
      typeof value === "number" ? cell(value).padStart(widths[i]) : cell(value).padEnd(widths[i])
    ).join("  ").trimEnd();
  return [
    line(columns),
    widths.map((width) => "-".repeat(width)).join("  "),
    ...rows.map((row) => line(columns.map((column) => row[column]))),
  ].join("\n");
}

/** Prints the rows: a table, or with `--json` one JSON array. */
export function printRows(rows: readonly Row[], args: readonly string[]): void {
  console.log(args.includes("--json") ? JSON.stringify(rows, null, 2) : formatTable(rows));
}

/** The middle of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
