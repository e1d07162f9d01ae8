/**
 * What is wrong with an ONNX file, in the words that all of Winnow's errors share.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";

/** What one does about a file that is not what it must be. */
const REMEDY = "The file is damaged or is not an ONNX model: fetch or export it again.";

/** What a fault may say besides what, rule and value. */
export interface FaultNotes {
  readonly cause?: unknown;
  /** What one does about it. Default: fetches or exports the file again. */
  readonly remedy?: string;
}

/** The error for a model whose `what` is not as the rule says. */
export function modelFault(
  what: string,
  rule: string,
  got: unknown,
  { cause, remedy = REMEDY }: FaultNotes = {},
): GraphError {
  return new GraphError({ doing: "read the model", what, rule, got, remedy }, { cause });
}
