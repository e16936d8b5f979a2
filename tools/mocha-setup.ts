/**
 * Loaded by mocha before every run. mocha 12 swallows a rejection that no test awaits, so a
 * forgotten promise would pass silently: this turns it into a failure of the run.
 */
const strays: unknown[] = [];

process.on('unhandledRejection', (reason) => {
  strays.push(reason);
});

export const mochaHooks = {
  afterAll(): void {
    if (strays.length > 0) {
      throw new AggregateError(strays, `${strays.length} unhandled rejection(s) during the run`);
    }
  },
};
