/** The model that the browser tests run on: their own, never a user's. */
export const modelName = "e2e";
