/** The value of --held-out. */
import { z } from "zod";

export const heldOutSchema = z.coerce.number().int().positive().optional();
