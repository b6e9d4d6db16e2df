/** The model of the browser tests. It is never a user's. */
export const modelName = "e2e";
