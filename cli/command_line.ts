/**
 * The command line's grammar: arguments in, a command as data out.
 *
 * @module
 */

import { merge, object, or } from "npm:@optique/core@1.3.6/constructs";
import { commandLine, lineBreak, type Message, message, text } from "npm:@optique/core@1.3.6/message";
import { optional } from "npm:@optique/core@1.3.6/modifiers";
import type { InferValue } from "npm:@optique/core@1.3.6/parser";
import { argument, command, constant } from "npm:@optique/core@1.3.6/primitives";
import type { Usage } from "npm:@optique/core@1.3.6/usage";
import { run } from "npm:@optique/run@1.3.6/run";
import { VERSION } from "../pipeline/version.ts";
import { EXIT } from "./exit_codes.ts";
import { onOff } from "./flag_kinds.ts";
import { textValue } from "./flag_values.ts";
import { evalFlags } from "./eval_flags.ts";
import { generateFlags } from "./generate_flags.ts";
import { didYouMean } from "../nearest_name.ts";
import { usageMessage } from "./usage_error.ts";

const COMMANDS = ["generate", "explain", "eval", "doctor", "completion", "help"];
const FLAGS = [
  ...new Set([...flagNames(generateFlags.usage), ...flagNames(evalFlags.usage), "--help", "--version"]),
];

function examples(...lines: string[]): Message {
  return [text("Examples:"), ...lines.flatMap((line) => [lineBreak(), text(line)])];
}

/** Spelling out all the flags in the usage line would bury the prompt. */
const USAGE_LINE: Usage = [{ type: "argument", metavar: "PROMPT" }, {
  type: "optional",
  terms: [{ type: "literal", value: "flags" }],
}];

const promptText = argument(textValue("PROMPT"), {
  description: message`What the picture shows. Quote it; it may be empty.`,
  errors: {
    endOfInput: usageMessage({
      what: "PROMPT",
      rule: "given",
      remedy: `Say what to draw, in quotes: winnow generate "a cat left of a rocket".`,
    }),
  },
});

const generate = command(
  "generate",
  merge(object({ kind: constant("generate"), prompt: promptText }), generateFlags),
  {
    description: message`Make a picture from a prompt.`,
    usageLine: USAGE_LINE,
    footer: examples(
      `winnow generate "a cat left of a rocket on a blue background"`,
      `winnow generate "two owls" --lambda 2 --seed 7 --out owls.png`,
      `winnow generate "a red car" --images 4 --solver dpmpp_2m --sigmas karras --steps 12`,
      `winnow generate "a lighthouse" --model ./sdxl-onnx --recipe night.ts --device webgpu`,
      `winnow generate "a red car" --recipe owls.png`,
      `winnow generate "two foxes" --image owls.png --strength 0.6`,
    ),
  },
);

const explain = command(
  "explain",
  merge(object({ kind: constant("explain"), prompt: optional(promptText) }), generateFlags),
  {
    description: message`Say what generate would do with the same flags, without doing it.`,
    usageLine: USAGE_LINE,
    footer: examples(`winnow explain --lambda 2 --steps 12`, `winnow explain --recipe night.ts --json`),
  },
);

const evaluation = command(
  "eval",
  merge(object({ kind: constant("eval") }), evalFlags),
  {
    description:
      message`Count how many pictures show what was asked for: draws scenes, generates them, has a judge look at them.`,
    usageLine: [{ type: "optional", terms: [{ type: "literal", value: "flags" }] }],
    footer: examples(
      `winnow eval --prompts 100 --steps 8`,
      `winnow eval --axis attention.lambda=0,1,2 --axis guidance.scale=1,3 --chart lambda.svg`,
      `winnow eval --attention pladis --axis 'attention.sites="all",["down"],["mid"],["up"]' --json`,
      `winnow eval --recipe night.ts --scenes first --keep results --resume`,
    ),
  },
);

const doctor = command(
  "doctor",
  object({
    kind: constant("doctor"),
    json: onOff("--json", "Print one JSON object."),
  }),
  { description: message`Say what this machine can compute on, and what is missing.` },
);

const grammar = or(generate, explain, evaluation, doctor, {
  errors: {
    noMatch: usageMessage({
      what: "the command",
      rule: "generate, explain, eval or doctor",
      remedy: "winnow --help shows how.",
    }),
    unexpectedInput: (token: string) => unexpected(token),
    suggestions: () => [], // unexpectedInput has its own
  },
});

/** A command, as data. */
export type Command = InferValue<typeof grammar>;
/** The command `generate`. */
export type GenerateCommand = Extract<Command, { kind: "generate" }>;
/** The command `explain`. */
export type ExplainCommand = Extract<Command, { kind: "explain" }>;
/** The command `eval`. */
export type EvalCommand = Extract<Command, { kind: "eval" }>;
/** The command `doctor`. */
export type DoctorCommand = Extract<Command, { kind: "doctor" }>;

/** Nothing is left to do: help or a complaint was printed. */
export class Finished {
  /** The process's exit code. */
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** Where help and complaints go. */
export interface CommandLineOutput {
  /** Help, the version, completion scripts. */
  readonly print: (text: string) => void;
  /** Complaints. */
  readonly complain: (text: string) => void;
}

/**
 * Reads the command line.
 *
 * @param args The arguments after the program's name.
 * @throws {Finished} If nothing is left to do: help was asked for, or the command line is wrong.
 */
export function parseCommandLine(args: readonly string[], { print, complain }: CommandLineOutput): Command {
  return run(grammar, {
    args,
    stdout: print,
    stderr: complain,
    programName: "winnow",
    brief: message`Winnow makes pictures from text.`,
    description: message`Each command has its own help: winnow generate --help.`,
    footer: [
      text("Installed with "),
      commandLine("deno install -gA -n winnow <the URL of cli.ts>"),
      text(", it completes in the shell: "),
      commandLine("winnow completion bash >> ~/.bashrc"),
      text(" (or zsh, fish, pwsh, nu)."),
    ],
    help: "both",
    version: VERSION,
    completion: "command",
    commandList: "top-level",
    usageLine: [{ type: "ellipsis" }],
    aboveError: "none",
    errorExitCode: EXIT.usage,
    termWidth: "auto",
    showChoices: true,
    onExit: (code) => {
      throw new Finished(code);
    },
  });
}

function unexpected(token: string): Message {
  const [name] = token.split("=");
  if (!name.startsWith("-")) {
    const remedy = didYouMean(name, COMMANDS) ??
      "A prompt of several words must stand in quotes; winnow --help shows the commands.";
    return usageMessage({ what: "an argument", rule: "a command or one prompt", got: token, remedy });
  }
  const remedy = FLAGS.includes(name)
    ? "It belongs to another command; --help shows this one's."
    : didYouMean(name, FLAGS) ?? "--help shows the command's flags; a prompt that starts with - follows --.";
  return usageMessage({ what: "a flag", rule: "one that the command has", got: name, remedy });
}

function flagNames(usage: Usage): string[] {
  return usage.flatMap((term) => {
    if (term.type === "option") return [...term.names];
    return term.type === "optional" || term.type === "multiple" ? flagNames(term.terms) : [];
  });
}
