/** Counts answers, and collects those that must not occur. */

/** Statuses by which the server tells that it is busy or full. */
const meant = [503, 507];

export class Tally {
  readonly statuses = new Map<number, number>();
  readonly failures = new Set<string>();
  requests = 0;

  /** Reads an answer. A broken connection counts as a failure of status 0. @returns the status */
  async count(request: string, answer: Promise<Response>): Promise<number> {
    let status = 0;
    let reason = "";
    try {
      const response = await answer;
      await response.arrayBuffer();
      status = response.status;
    } catch (error) {
      const { message, cause } = error as Error;
      reason = ` ${message}: ${(cause as Error | undefined)?.message}`;
    }
    this.requests++;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status === 0 || (status >= 500 && !meant.includes(status)))
      this.failures.add(`${request}: ${status}${reason}`);
    return status;
  }
}
