/** The value of --held-out. */
import { z } from "zod";

export const heldOutSchema = z.coerce
  .number("use a number")
  .int("use an integer")
  .positive("use a number above 0")
  .optional();
