/** Keeps the CPU busy. */
export function work(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
