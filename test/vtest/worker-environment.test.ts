// Which settings of malloc session processes start with.

import { workerEnvironment } from '../../lib/vtest/process/worker-environment';

test.each([
  [undefined, 'glibc.malloc.hugetlb=1'],
  ['', 'glibc.malloc.hugetlb=1'],
  ['glibc.malloc.check=3', 'glibc.malloc.check=3:glibc.malloc.hugetlb=1'],
  ['glibc.malloc.hugetlb=0:glibc.malloc.check=3', 'glibc.malloc.hugetlb=0:glibc.malloc.check=3'],
])('%p becomes %p', (given, expected) => {
  const { GLIBC_TUNABLES, HOME } = workerEnvironment({ HOME: '/', GLIBC_TUNABLES: given });
  expect({ GLIBC_TUNABLES, HOME }).toEqual({ GLIBC_TUNABLES: expected, HOME: '/' });
});
