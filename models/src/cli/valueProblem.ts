/** What is wrong with the value of an option, in words for the person who typed it. */
import type { z } from "zod";

/**
 * The message for an issue whose schema has none of its own; zod's default speaks of types.
 *
 * @returns undefined for issues that no option has: zod's message is used
 */
export function valueProblem(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_value":
      return `use one of: ${issue.values.join(", ")}`;
    case "invalid_type":
      if (issue.expected === "int") return "use a whole number";
      return issue.expected === "number" ? "use a number" : undefined;
    case "too_small":
      return `use ${issue.inclusive ? "at least" : "a number above"} ${issue.minimum}`;
    case "too_big":
      return `use ${issue.inclusive ? "at most" : "a number below"} ${issue.maximum}`;
    case "not_multiple_of":
      return `use a multiple of ${issue.divisor}`;
    default:
      return undefined;
  }
}
