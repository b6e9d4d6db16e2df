/** Options from the environment: PLUMAGE_PORT sets --port, and the command line overrides it. */
import { PlumageError } from "@plumage/models";
import { type OptionTable, valueProblem } from "@plumage/models/cli";

/**
 * Kubernetes and Docker links set PLUMAGE_PORT to such an address, for a service called "plumage"
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
const serviceLink = /^(tcp|udp|sctp):\/\/\S+:\d+$/;

/**
 * The options that are set in the environment, as arguments.
 *
 * @throws PlumageError "bad-input" that names the variable
 */
export const environmentArguments = (
  options: OptionTable,
  environment: NodeJS.ProcessEnv = process.env,
): string[] =>
  Object.entries(options).flatMap(([name, { schema, isSecret }]) => {
    const variable = `PLUMAGE_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
    const value = environment[variable];
    if (!value || serviceLink.test(value)) return [];
    const result = schema.safeParse(value, { error: valueProblem });
    if (!result.success) {
      const { message } = result.error.issues[0]!;
      const setting = isSecret ? variable : `${variable}=${value}`;
      throw new PlumageError("bad-input", `${setting}: ${message}`, `unset ${variable}`);
    }
    return [`--${name.replace(/[A-Z]/g, "-$&").toLowerCase()}=${value}`];
  });
