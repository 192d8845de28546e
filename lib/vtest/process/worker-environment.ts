// The environment of session processes.

/** Has malloc ask for huge pages: what a software driver draws to and samples is large. Facts: "Memory Allocation Tunables" of glibc's manual. */
const HUGE_PAGES = 'glibc.malloc.hugetlb';

/** The server's own environment, with huge pages unless it says something of them. Systems without such a setting ignore it. */
export const workerEnvironment = (given: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => {
  const tunables = (given.GLIBC_TUNABLES ?? '').split(':').filter(Boolean);
  const isChosen = tunables.some((tunable) => tunable.startsWith(`${HUGE_PAGES}=`));
  return isChosen ? given : { ...given, GLIBC_TUNABLES: [...tunables, `${HUGE_PAGES}=1`].join(':') };
};
