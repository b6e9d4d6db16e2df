/** Limits the CPU time of native code, which nothing but the end of its process stops. */

/** Signal by which a process ends itself at its limit, as the system's own limit does. */
const cpuLimitSignal = "SIGXCPU";
const checkIntervalMs = 100;

/** Whether an error of a process says that it reached its limit. */
export const isCpuLimit = ({ message }: Error): boolean => message.includes(cpuLimitSignal);

/**
 * Ends this process if the work takes more CPU time. CPU time is limited, rather than time, because
 * a busy machine is no fault of the work.
 *
 * @param work receives a function that sets another limit, in milliseconds
 */
export async function limitCpu<Result>(
  maxMs: number,
  work: (setLimit: (maxMs: number) => void) => Promise<Result>,
): Promise<Result> {
  const before = process.cpuUsage();
  let limit = maxMs;
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 > limit) process.kill(process.pid, cpuLimitSignal);
  }, checkIntervalMs);
  try {
    return await work((maxMs) => {
      limit = maxMs;
    });
  } finally {
    clearInterval(timer);
  }
}
